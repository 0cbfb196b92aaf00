"""Fetching what people point to: only public addresses, within bounds, and the outside learns nothing of the inside."""

import http.server
import ipaddress
import logging
import socket
import threading
from contextlib import closing

import pytest
from django.conf import settings

from sdsite.core.http import fetch as fetching
from sdsite.core.http.addresses import Allowed, is_public
from sdsite.core.http.fetch import FetchRefused, Wanted, fetch

HELLO = Wanted("text/*", "a greeting", lambda head: head.startswith(b"hello"))
PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1::1",
    "64:ff9b::5db8:d822",
    "::ffff:8.8.8.8",
]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_other_addresses_are_not(address):
    assert not is_public(ipaddress.ip_address(address))


def test_the_owner_allows_names_addresses_and_networks():
    allowed = Allowed(["Pictures.lan", "10.1.0.0/16", "[fd00::7]"])
    assert allowed.host("pictures.LAN.")
    assert not allowed.host("other.lan")
    for address, is_allowed in {"10.1.2.3": True, "10.2.0.1": False, "fd00::7": True, "::ffff:10.1.2.3": True}.items():
        assert allowed.address(ipaddress.ip_address(address)) is is_allowed


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


def test_what_is_wanted_comes_whatever_the_server_calls_it(server):
    assert get(server, "/hello?key=a%20b&c=ü") == b"hello" + b"!" * 2000
    ((path, headers),) = server.seen
    assert path == "/hello?key=a%20b&c=%C3%BC"
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert "Cookie" not in headers


def test_redirects_are_followed(server):
    assert get(server, "/moved").startswith(b"hello")


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(server, "/hello").startswith(b"hello")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/around", "redirects more than 5 times"),
        ("/inside", fetching.OUTSIDE_ONLY),
        ("/file", "must begin with http"),
        ("/page", "must lead to a greeting"),
        ("/nothing", "status 404"),
        ("/promises", "at most 0.0 MB"),
        ("/endless", "at most 0.0 MB"),
        ("/short", "ended its answer early"),
        ("/zipped", "compressed"),
    ],
)
def test_what_is_of_no_use_is_refused(server, path, said):
    with pytest.raises(FetchRefused, match=said) as refused:
        get(server, path)
    assert "inside" not in str(refused.value)
    assert "127.0.0" not in str(refused.value)


def test_a_redirect_inside_never_gets_there(server):
    with pytest.raises(FetchRefused):
        get(server, "/inside")
    assert [path for path, _ in server.seen] == ["/inside"]


@pytest.mark.parametrize("path", ["/drip", "/silence"])
def test_time_ends_whether_bytes_drip_or_stay_away(server, path):
    with pytest.raises(FetchRefused, match=r"within 0\.3 s"):
        get(server, path, timeout=0.3)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_what_is_not_allowed_is_refused_however_it_is_written(server, host, monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", [])
    with pytest.raises(FetchRefused, match=fetching.OUTSIDE_ONLY):
        get(server, "/hello", host=host)
    assert server.seen == []


def test_a_name_without_address_and_a_name_that_leads_inside_sound_the_same(server, monkeypatch):
    said = set()
    for found in ([], ["10.0.0.1"], ["93.184.216.34", "10.0.0.1"]):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, found=found, **options: answers(*found))
        with pytest.raises(FetchRefused) as refused:
            get(server, "/hello", host="name.example")
        said.add(str(refused.value))
    assert len(said) == 1


def answers(*addresses):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]


def test_a_name_that_changes_its_mind_is_asked_once_and_the_checked_address_is_used(server, monkeypatch):
    turns = iter([answers("93.184.216.34"), answers("127.0.0.1")])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: next(turns))
    connect, reached = socket.create_connection, []

    def to_the_server_instead(address, **options):
        reached.append(address)
        with closing(socket.socket()) as sock:  # by number, so that no name is asked for
            sock.connect(("127.0.0.1", server.server_port))
            return sock.dup()

    monkeypatch.setattr(socket, "create_connection", to_the_server_instead)
    assert get(server, "/hello", host="rebinding.example").startswith(b"hello")
    assert reached == [("93.184.216.34", server.server_port)]
    assert server.seen[0][1]["Host"] == f"rebinding.example:{server.server_port}"
    assert next(turns) == answers("127.0.0.1")
    assert connect is not socket.create_connection


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/", "must begin with http"),
        ("//example.org/", "must begin with http"),
        ("http:///path", "must begin with http"),
        ("http://user:secret@example.org/", "user name"),
        ("http://example.org:22/", "port 80 or \\d+; got 22"),
        ("https://example.org:80/", "port 443 or 8443; got 80"),
        ("http://example.org:99999/", "cannot be read"),
        ("http://[::1/", "cannot be read"),
        ("http://exa mple.org/", "spaces"),
        ("http://example.org/\r\nHost: other", "spaces"),
        ("http://example.org\\@127.0.0.1/", "spaces, backslashes"),
        ("http://" + "a" * 70 + ".org/", "cannot be read"),
        ("http://example.org/" + "a" * 2100, "2048 characters"),
    ],
)
def test_addresses_that_are_none_are_refused_before_anybody_is_asked(url, said, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: pytest.fail("a name was asked for"))
    with pytest.raises(FetchRefused, match=said):
        fetch(url, most_bytes=10, timeout=1, accept=HELLO)


def test_a_port_where_nobody_is_gives_a_sentence(server):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with pytest.raises(FetchRefused, match="proper answer"):
            fetch(url, most_bytes=10, timeout=2, accept=HELLO)


def test_tls_is_spoken_where_the_address_says_so(server):
    url = f"https://127.0.0.1:{server.server_port}/hello"
    with pytest.raises(FetchRefused, match="proper answer"):
        fetch(url, most_bytes=10, timeout=2, accept=HELLO)
    assert server.seen == []


def test_the_log_says_where_and_what_became_of_it_without_the_query(server, caplog):
    caplog.set_level(logging.INFO, "sdsite.core.http.fetch")
    get(server, "/hello?token=secret")
    with pytest.raises(FetchRefused):
        fetch("http://me:secret@example.org/a?token=secret", most_bytes=10, timeout=1, accept=HELLO)
    assert "127.0.0.1/hello" in caplog.text
    assert "bytes=2005" in caplog.text
    assert "refused" in caplog.text
    assert "secret" not in caplog.text
