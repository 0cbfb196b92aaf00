"""A client that sends frames as fast as it can waits by itself; all others are served."""

import base64
import os
import socket
import urllib.request

import pytest

from sdsite.accounts.api_keys import create_key
from tests.support.factories import make_user

FRAMES = {
    "messages": bytes([0x81, 0x81, 0, 0, 0, 0, 120]),
    "pings": bytes([0x89, 0x80, 0, 0, 0, 0]),
    "fragments": bytes([0x00, 0x81, 0, 0, 0, 0, 120]),
}
BEGIN = bytes([0x01, 0x81, 0, 0, 0, 0, 120])  # of a message in fragments
PIECE = 60_000  # bytes of frames that are sent at once
MOST_PIECES = 400


def flood(live_site, key, frame):
    """Send frames until the site takes no more; return whether it stopped reading before all were sent."""
    asking = (
        f"GET /ws/events/ HTTP/1.1\r\nHost: 127.0.0.1:{live_site.port}\r\nX-API-Key: {key}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", live_site.port), timeout=20) as client:
        client.sendall(asking.encode())
        received = b""
        while b"snapshot" not in received:
            received += client.recv(65536)
        client.settimeout(3)
        if frame is FRAMES["fragments"]:
            client.sendall(BEGIN)
        try:
            for _ in range(MOST_PIECES):
                client.sendall(frame * (PIECE // len(frame)))
        except TimeoutError:
            health = f"http://127.0.0.1:{live_site.port}/healthz"
            assert [urllib.request.urlopen(health, timeout=10).status for _ in range(5)] == [200] * 5
            return True
    return False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", FRAMES)
def test_a_client_that_sends_too_much_is_not_read_and_all_others_are_served(live_site, kind):
    _, key = create_key(owner=make_user("alice"), name="test", scopes=["read"])
    assert flood(live_site, key, FRAMES[kind])
