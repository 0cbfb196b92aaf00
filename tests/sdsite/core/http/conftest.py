"""A local server that answers in good and bad ways."""

import http.server
import threading

import pytest
from django.conf import settings

from sdsite.core.http import fetch as fetching
from sdsite.core.http.fetch import Wanted, fetch

HELLO = Wanted("text/*", "a greeting", lambda head: head.startswith(b"hello"))


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path; the server keeps what it was asked in `seen` and ends what is slow by `over`."""

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        name = self.path.partition("?")[0].strip("/")
        getattr(self, f"say_{name}", self.say_nothing)()

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def say_hello(self):
        self.answer(200, b"hello" + b"!" * 2000, Content_Length=2005, Content_Type="image/png")

    def say_unstated(self):
        self.answer(200, b"hello" + b"!" * 2000)

    def say_page(self):
        self.answer(200, b"<html>secret of the inside</html>", Content_Type="text/greeting")

    def say_nothing(self):
        self.answer(404, b"hello")

    def say_around(self):
        self.answer(302, Location=f"/around?{len(self.server.seen)}")

    def say_moved(self):
        self.answer(301, Location="/hello?moved")

    def say_inside(self):
        self.answer(302, Location=f"http://127.0.0.2:{self.server.server_port}/hello")

    def say_file(self):
        self.answer(302, Location="file:///etc/passwd")

    def say_promises(self):
        self.answer(200, b"hello", Content_Length=10**9)

    def say_short(self):
        self.answer(200, b"hello", Content_Length=1000)

    def say_zipped(self):
        self.answer(200, b"hello", Content_Encoding="gzip")

    def say_endless(self):
        self.send_response(200)
        self.end_headers()
        while not self.server.over.is_set():
            self.wfile.write(b"hello" * 1000)

    def say_drip(self):
        self.send_response(200)
        self.end_headers()
        while not self.server.over.wait(0.02):
            self.wfile.write(b"hello")
            self.wfile.flush()

    def say_silence(self):
        self.server.over.wait(20)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def running():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # the other side hangs up on purpose
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(running, monkeypatch):
    running.seen = []
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", ["127.0.0.1"])
    monkeypatch.setitem(fetching.PORTS, "http", (80, running.server_port))
    return running


def get(server, path, *, host="127.0.0.1", most_bytes=10_000, timeout=5.0):
    return fetch(f"http://{host}:{server.server_port}{path}", most_bytes=most_bytes, timeout=timeout, accept=HELLO)
