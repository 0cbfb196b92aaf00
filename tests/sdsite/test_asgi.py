"""HEAD responses without bodies, and websockets to unknown URLs."""

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator

from sdsite.asgi import application, without_body

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}


async def long_answer(scope, receive, send):
    """Answer in parts, as Django does with whatever is longer than 64 KB."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"131072")]})
    await send({"type": "http.response.body", "body": b"a" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b"HTTP/1.1 200 OK", "more_body": False})


@pytest.mark.parametrize(("method", "length"), [("HEAD", 0), ("GET", 65551)])
async def test_no_part_of_a_long_body_follows_a_head(method, length):
    caller = ApplicationCommunicator(without_body(long_answer), {**SCOPE, "method": method})
    start = await caller.receive_output()
    parts = [await caller.receive_output(), await caller.receive_output()]
    assert start["headers"] == [(b"content-length", b"131072")]
    assert sum(len(part["body"]) for part in parts) == length
    assert [part["more_body"] for part in parts] == [True, False]


async def test_the_site_answers_so(db):
    caller = ApplicationCommunicator(application, {**SCOPE, "method": "HEAD", "path": "/healthz"})
    await caller.send_input({"type": "http.request", "body": b"", "more_body": False})
    assert (await caller.receive_output(10))["status"] == 200
    assert (await caller.receive_output(10))["body"] == b""


@pytest.mark.parametrize("path", ["/ws/nothing/", "/", "/ws/events"])
async def test_a_websocket_to_nowhere_is_turned_away(path):
    program = WebsocketCommunicator(application, path)
    assert (await program.connect(10))[0] is False
    await program.wait()


async def test_a_clients_root_path_is_no_prefix_of_links(db):
    """Daphne puts its header `Daphne-Root-Path` there, whoever sends it."""
    scope = {**SCOPE, "method": "GET", "path": "/library/", "root_path": "http://evil.example"}
    caller = ApplicationCommunicator(application, scope)
    await caller.send_input({"type": "http.request", "body": b"", "more_body": False})
    start = await caller.receive_output(10)
    assert dict(start["headers"])[b"Location"].startswith(b"/accounts/login/")
