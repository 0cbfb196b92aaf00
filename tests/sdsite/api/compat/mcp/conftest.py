"""A client of the MCP door that sends messages by hand and takes JSON, and what it is told."""

import json

import pytest

from tests.support.clients.api_client import knocking_as

ACCEPT = "application/json"


@pytest.fixture
def client(alice, checkpoint, valkey):
    return knocking_as(alice, "generate", "read")


def send(client, method, params=None, *, accept=ACCEPT, **headers):
    """Return the response to one message of the older manner, without a handshake."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return client.post(
        "/mcp", json.dumps(message), content_type="application/json", headers={"Accept": accept, **headers}
    )


def result_of(client, method, **params):
    """Return the result of a message."""
    response = send(client, method, params)
    assert response.status_code == 200, response.content
    return response.json()["result"]


def call(client, tool, **arguments):
    """Return the structured answer of a tool, which must succeed, and its images."""
    result = result_of(client, "tools/call", name=tool, arguments=arguments)
    assert not result.get("isError"), result
    images = [block for block in result["content"] if block["type"] == "image"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"], images


def refused(client, tool, **arguments):
    """Return the error of a tool."""
    result = result_of(client, "tools/call", name=tool, arguments=arguments)
    assert result["isError"], result
    error = result["structuredContent"]["error"]
    assert result["content"][0]["text"] == f"{error['code']}: {error['message']}"
    return error
