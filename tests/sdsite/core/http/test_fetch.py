"""Fetching URLs of users: only public addresses, within limits, without revealing the network."""

import logging
import socket
from contextlib import closing

import pytest
from django.conf import settings

from sdsite.core.http import fetch as fetching
from sdsite.core.http.fetch import FetchRefused, fetch
from tests.sdsite.core.http.conftest import HELLO, get


def test_the_wanted_type_is_returned_whatever_its_content_type(server):
    assert get(server, "/hello?key=a%20b&c=ü") == b"hello" + b"!" * 2000
    ((path, headers),) = server.seen
    assert path == "/hello?key=a%20b&c=%C3%BC"
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert "Cookie" not in headers


def test_redirects_are_followed(server):
    assert get(server, "/moved").startswith(b"hello")


def test_as_many_redirects_as_allowed_are_followed(server, monkeypatch):
    monkeypatch.setattr(fetching, "REDIRECTS", 1)
    assert get(server, "/moved").startswith(b"hello")
    monkeypatch.setattr(fetching, "REDIRECTS", 0)
    with pytest.raises(FetchRefused, match="more than 0 times"):
        get(server, "/moved")


def test_the_largest_body_and_the_longest_url_are_inside(server):
    assert len(get(server, "/hello", most_bytes=2005)) == 2005
    with pytest.raises(FetchRefused, match=r"at most 0\.0 MB"):
        get(server, "/hello", most_bytes=2004)
    url = f"http://127.0.0.1:{server.server_port}/hello?"
    longest = url + "a" * (fetching.LONGEST_URL - len(url))
    assert fetch(longest, most_bytes=3000, timeout=5, accept=HELLO).startswith(b"hello")
    with pytest.raises(FetchRefused, match="at most 2048 characters"):
        fetch(longest + "a", most_bytes=3000, timeout=5, accept=HELLO)


def test_a_body_without_a_stated_length_has_the_same_bound(server):
    assert len(get(server, "/unstated", most_bytes=2005)) == 2005
    with pytest.raises(FetchRefused, match=r"at most 0\.0 MB"):
        get(server, "/unstated", most_bytes=2004)


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(server, "/hello").startswith(b"hello")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/around", "redirects more than 5 times"),
        ("/inside", fetching.PUBLIC_ONLY),
        ("/file", "must begin with http"),
        ("/page", "must lead to a greeting"),
        ("/nothing", "status 404"),
        ("/promises", "at most 0.0 MB"),
        ("/endless", "at most 0.0 MB"),
        ("/short", "ended its response early"),
        ("/zipped", "compressed"),
    ],
)
def test_unusable_responses_are_refused(server, path, said):
    with pytest.raises(FetchRefused, match=said) as refused:
        get(server, path)
    assert "inside" not in str(refused.value)
    assert "127.0.0" not in str(refused.value)


def test_a_redirect_inside_never_gets_there(server):
    with pytest.raises(FetchRefused):
        get(server, "/inside")
    assert [path for path, _ in server.seen] == ["/inside"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_in_every_notation(server, host, monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", [])
    with pytest.raises(FetchRefused, match=fetching.PUBLIC_ONLY):
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
        ("http://example.org:99999/", "invalid"),
        ("http://[::1/", "invalid"),
        ("http://exa mple.org/", "spaces"),
        ("http://example.org/\r\nHost: other", "spaces"),
        ("http://example.org\\@127.0.0.1/", "spaces, backslashes"),
        ("http://" + "a" * 70 + ".org/", "invalid"),
        ("http://example.org/" + "a" * 2100, "2048 characters"),
    ],
)
def test_invalid_urls_are_refused_before_a_connection(url, said, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: pytest.fail("a name was asked for"))
    with pytest.raises(FetchRefused, match=said):
        fetch(url, most_bytes=10, timeout=1, accept=HELLO)


def test_a_closed_port_gives_a_message(server):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with pytest.raises(FetchRefused, match="valid response"):
            fetch(url, most_bytes=10, timeout=2, accept=HELLO)


def test_tls_is_spoken_where_the_address_says_so(server):
    url = f"https://127.0.0.1:{server.server_port}/hello"
    with pytest.raises(FetchRefused, match="valid response"):
        fetch(url, most_bytes=10, timeout=2, accept=HELLO)
    assert server.seen == []


def test_the_log_has_host_and_outcome_without_the_query(server, caplog):
    caplog.set_level(logging.INFO, "sdsite.core.http.fetch")
    get(server, "/hello?token=secret")
    with pytest.raises(FetchRefused):
        fetch("http://me:secret@example.org/a?token=secret", most_bytes=10, timeout=1, accept=HELLO)
    assert "127.0.0.1/hello" in caplog.text
    assert "bytes=2005" in caplog.text
    assert "refused" in caplog.text
    assert "secret" not in caplog.text
