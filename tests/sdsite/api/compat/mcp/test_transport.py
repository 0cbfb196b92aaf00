"""The SDK's transport inside Django: streams where a job is waited for, bounds, and nothing left behind."""

import asyncio
import json
import logging

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, RequestFactory

from sdsite.api.compat.mcp import transport
from sdsite.api.compat.mcp.calls import Call
from tests.sdsite.api.compat.mcp.conftest import result_of, send
from tests.support.clients.api_client import make_key

pytestmark = pytest.mark.django_db

EVENTS = "application/json, text/event-stream"
GENERATE = {"name": "generate", "arguments": {"prompt": "a red heart", "wait_seconds": 0}}


@async_to_sync
async def streamed(key, method, params):
    """Return type and body of an answer to a client that takes events."""
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    headers = {"Accept": EVENTS, "Authorization": f"Bearer {key}"}
    response = await AsyncClient().post("/mcp", json.dumps(message), content_type="application/json", headers=headers)
    parts = [part async for part in response.streaming_content] if response.streaming else [response.content]
    for _ in range(100):
        if not transport._running:
            break
        await asyncio.sleep(0.01)
    assert (transport._running, +transport._open) == (set(), {})
    return response["Content-Type"], b"".join(parts).decode()


def test_what_waits_for_a_job_is_a_stream_and_all_else_is_json(alice, checkpoint, valkey):
    key = make_key(alice)[1]
    kind, body = streamed(key, "tools/call", GENERATE)
    assert kind == "text/event-stream"
    [data] = [line.removeprefix("data: ") for line in body.splitlines() if line.startswith("data: ")]
    assert json.loads(data)["result"]["structuredContent"]["status"] == "queued"
    kind, body = streamed(key, "tools/list", {})
    assert (kind, json.loads(body)["id"]) == ("application/json", 7)


def test_one_user_has_so_many_requests_open_and_no_more(client, alice, bob, monkeypatch):
    monkeypatch.setitem(transport._open, alice.pk, transport.MOST_OPEN)
    response = send(client, "tools/list")
    assert (response.status_code, response["Retry-After"]) == (429, str(transport.RETRY_SECONDS))
    assert response.json()["error"]["data"] == {"code": "too_many_streams", "fields": {}, "retry_after": 10}


def test_the_sdk_never_sees_what_opens_the_door():
    secrets = {"Authorization": "Bearer hidden", "X-API-Key": "hidden", "Cookie": "sessionid=hidden"}
    request = RequestFactory().post("/mcp", headers={**secrets, "Accept": EVENTS})
    scope = transport.build_scope(request, Call(request))
    assert (b"accept", EVENTS.encode()) in scope["headers"]
    assert b"hidden" not in b"".join(value for _, value in scope["headers"])


def test_keys_are_in_no_log(client, alice, caplog):
    caplog.set_level(logging.DEBUG)
    key = client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    result_of(client, "tools/list")
    assert send(client, "no/such/method").json()["error"]["code"] == -32601
    assert key not in caplog.text


def test_messages_that_make_no_sense_are_errors_and_not_crashes(client):
    for params in (None, [], 5, {"name": 5}, {"name": "generate", "arguments": []}, {"name": "generate\x00"}):
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        accept = {"Accept": "application/json"}
        response = client.post("/mcp", json.dumps(message), content_type="application/json", headers=accept)
        assert response.status_code in (200, 400), (params, response.content)
        assert "error" in response.json(), params
    newer = send(client, "tools/list", **{"MCP-Protocol-Version": "2099-01-01"})
    assert newer.status_code == 400
    assert client.post("/mcp", "{}", content_type="text/plain", headers={"Accept": EVENTS}).status_code == 400
    assert send(client, "tools/list", accept="image/png").status_code == 406
