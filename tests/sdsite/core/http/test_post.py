"""Posting to addresses of users: the answer's status, no redirects, a deadline, public addresses only."""

import http.server
import threading

import pytest
from django.conf import settings

from sdsite.core.http import fetch
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import Posted, check_address, post


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers by path, and keeps (path, content type, body) of each request in the server's `received`."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], body))
        if self.path == "/silent":
            self.server.over.wait(20)
            return
        self.send_response({"/busy": 429, "/dated": 503, "/moved": 307}.get(self.path, 204))
        for name, value in {
            "/busy": {"Retry-After": "17"},
            "/dated": {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"},
            "/moved": {"Location": "/elsewhere"},
        }.get(self.path, {}).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def other_side(monkeypatch):
    """A server at an address that the site's owner allows."""
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", ["127.0.0.1"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads, server.received, server.over = True, [], threading.Event()
    monkeypatch.setitem(fetch.PORTS, "http", (80, server.server_port))
    server.handle_error = lambda *args: None  # the site hangs up on purpose
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def send(server, path, *, host="127.0.0.1", timeout=5.0):
    address = f"http://{host}:{server.server_port}{path}"
    return post(address, body=b"{}", headers={"Content-Type": "application/json"}, timeout=timeout)


def test_the_body_arrives_and_the_status_comes_back(other_side):
    assert send(other_side, "/hook?a=b") == Posted(204, None)
    assert other_side.received == [("/hook?a=b", "application/json", b"{}")]


@pytest.mark.parametrize(("path", "posted"), [("/busy", Posted(429, 17)), ("/dated", Posted(503, None))])
def test_the_seconds_to_wait_come_back_where_they_are_a_number(other_side, path, posted):
    assert send(other_side, path) == posted


def test_a_redirect_is_returned_and_not_followed(other_side):
    assert send(other_side, "/moved").status == 307
    assert [path for path, _, _ in other_side.received] == ["/moved"]


def test_a_server_that_says_nothing_is_left_in_time(other_side):
    with pytest.raises(FetchRefused, match=r"within 0\.2 s"):
        send(other_side, "/silent", timeout=0.2)


def test_a_server_that_is_not_there_is_no_proper_answer(other_side):
    other_side.shutdown()
    other_side.server_close()
    with pytest.raises(FetchRefused, match="valid response"):
        send(other_side, "/hook")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_private_address_is_refused_unless_it_is_allowed(other_side, monkeypatch, host):
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", [])
    with pytest.raises(FetchRefused, match="public"):
        send(other_side, "/hook", host=host)
    assert other_side.received == []


def test_an_address_is_checked_before_anything_is_sent(monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", [])
    check_address("https://example.org/hook")
    for address in ("http://10.0.0.7/", "http://[::1]/", "ftp://example.org/", "nothing"):
        with pytest.raises(FetchRefused):
            check_address(address)
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", ["10.0.0.0/8"])
    check_address("http://10.0.0.7/")
