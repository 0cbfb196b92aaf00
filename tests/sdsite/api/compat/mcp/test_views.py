"""Who comes in at the MCP door: keys alone, no pages of other sites, and messages of bounded size."""

import json

import pytest
from django.test import Client

from tests.sdsite.api.compat.mcp.conftest import send
from tests.support.clients.logged_in import client_of

pytestmark = pytest.mark.django_db


def error(response, status, code):
    """Return the error before any message was read, having checked its shape."""
    assert response.status_code == status, response.content
    body = response.json()
    assert (body["jsonrpc"], body["id"], body["error"]["data"]["code"]) == ("2.0", None, code)
    return body["error"]


def test_a_session_is_no_key(alice, valkey):
    response = send(client_of(alice), "tools/list")
    assert "key" in error(response, 401, "unauthorized")["message"]
    assert response["WWW-Authenticate"].startswith("Bearer")
    error(send(Client(), "tools/list"), 401, "unauthorized")


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://testserver", 200), ("https://evil.example", 403), ("http://testserver:8001", 403), ("null", 403)],
)
def test_pages_of_other_sites_stay_outside(client, origin, status):
    response = send(client, "tools/list", Origin=origin)
    assert response.status_code == status
    if status == 403:
        error(response, 403, "not_allowed")


def test_a_name_that_is_not_the_sites_is_refused(client, settings):
    settings.ALLOWED_HOSTS = ["sd.example.org"]
    assert send(client, "tools/list", Host="rebound.example").status_code == 400
    assert send(client, "tools/list", Host="sd.example.org").status_code == 200


def test_only_messages_are_taken(client):
    refused = client.get("/mcp")
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    for body in ("no json", "[]", json.dumps({"params": [[]] * 30_000}), "[" * 100_000):
        response = client.post("/mcp", body, content_type="application/json", headers={"Accept": "application/json"})
        assert response.status_code in (400, 413), response.content
        assert "error" in response.json()
