"""Bodies are counted while they arrive; what is refused is not kept; slow senders are dropped."""

import json
import socket

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from sdsite.middleware.arriving_bodies import SLOWEST, BoundedChannel, BoundedRequest
from sdsite.middleware.body_limits import STRANGER_BYTES
from tests.support.clients.api_client import make_key

PIECE = b"x" * 100_000


def send(site, path, headers, pieces):
    """Send a request piece by piece; return status, body, and whether the site closed the connection."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as client:
        lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", *headers, "", ""]
        client.sendall("\r\n".join(lines).encode())
        for piece in pieces:
            client.sendall(piece)
        answer = b""
        while part := client.recv(65536):  # until the site closes
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def chunked(pieces):
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]


LENGTH = f"Content-Length: {30 * len(PIECE)}"
CHUNKED = "Transfer-Encoding: chunked"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("how", "pieces"), [(LENGTH, [PIECE] * 30), (CHUNKED, chunked([PIECE] * 30))])
def test_strangers_are_answered_before_their_body_was_read(live_site, how, pieces):
    assert send(live_site, "/accounts/login/", [FORM, how], pieces)[0] == 413
    assert send(live_site, "/api/v1/jobs", [how], pieces)[0] == 401
    assert send(live_site, "/sdapi/v1/txt2img", [how, "X-API-Key: sds_wrong_key"], pieces)[0] == 401


@pytest.mark.django_db(transaction=True)
def test_an_answer_does_not_wait_for_the_body(live_site):
    assert send(live_site, "/accounts/login/", [FORM, "Content-Length: 300000000"], [])[0] == 413


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["Content-Length: 40000000", CHUNKED])
def test_members_are_refused_in_the_words_of_each_api(live_site, alice, how):
    key = f"X-API-Key: {make_key(alice)[1]}"
    pieces = [PIECE] * 400 if "Length" in how else chunked([PIECE] * 400)
    status, body = send(live_site, "/api/v1/jobs", [how, key], pieces)
    assert (status, json.loads(body)["error"]["code"]) == (413, "body_too_large")
    status, body = send(live_site, "/sdapi/v1/img2img", [how, key], pieces)
    assert (status, json.loads(body)["error"]) == (413, "body_too_large")
    status, body = send(live_site, "/v1/images/generations", [how, key], pieces)
    assert (status, json.loads(body)["error"]["code"]) == (413, "body_too_large")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_large_body_of_a_member_arrives_whole(live_site, alice, how):
    body = json.dumps({"prompt": "a fox", "init_image": "data:image/png;base64," + "A" * 3_000_000}).encode()
    pieces = [body[at : at + 100_000] for at in range(0, len(body), 100_000)]
    stated = f"Content-Length: {len(body)}" if how == "length" else CHUNKED
    sent = pieces if how == "length" else [*chunked(pieces), b"0\r\n\r\n"]
    headers = [stated, f"X-API-Key: {make_key(alice)[1]}", "Connection: close"]
    status, answer = send(live_site, "/api/v1/jobs", headers, sent)
    assert (status, list(json.loads(answer)["error"]["fields"])) == (422, ["init_image"])


class Server:
    """What a request needs of daphne's server."""

    server_name = "daphne"

    def protocol_connected(self, protocol):
        pass

    def protocol_disconnected(self, protocol):
        pass


@pytest.fixture
def connection():
    """A connection with a clock of its own: (channel, transport, clock)."""
    clock, transport = Clock(), StringTransport()
    transport.abortConnection = transport.loseConnection
    channel = BoundedChannel()
    channel.callLater, channel.seconds, channel.timeOut = clock.callLater, clock.seconds, 60
    channel.factory = type("Factory", (), {"server": Server()})()
    channel.requestFactory = BoundedRequest
    channel.makeConnection(transport)
    return channel, transport, clock


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"


def trickle(connection, piece, *, seconds):
    """Send a piece each second; return whether the connection is still open."""
    channel, transport, clock = connection
    for _ in range(seconds):
        clock.advance(1)
        if transport.disconnecting:
            return False
        channel.dataReceived(piece)
    return True


def test_a_head_that_trickles_in_ends(connection):
    connection[0].dataReceived(b"POST / HTTP/1.1\r\nHost: ")
    assert not trickle(connection, b"a", seconds=90)


def test_a_body_that_trickles_in_ends(connection):
    connection[0].dataReceived(HEAD)
    assert not trickle(connection, b"a" * 100, seconds=90)


def test_a_body_at_a_slow_but_steady_pace_goes_on(connection):
    channel, _, _ = connection
    channel.dataReceived(HEAD.replace(b"60000", b"%d" % STRANGER_BYTES))
    channel.requests[-1]._most = 10**9  # of a member
    assert trickle(connection, b"a" * (SLOWEST // 2), seconds=10)  # not steady yet, and in time
    assert trickle(connection, b"a" * (SLOWEST // 2), seconds=20)
