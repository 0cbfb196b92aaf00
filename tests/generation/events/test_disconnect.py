"""A slow client still reads why its connection was closed."""

import socket

import pytest

from sdsite.accounts.api_keys import create_key
from tests.sdsite.accounts.test_admin import USERS
from tests.support.clients.logged_in import client_of
from tests.support.site import wait_for


@pytest.mark.django_db(transaction=True)
def test_a_slow_client_still_reads_the_close_reason(live_site, root, alice, act):
    _, key = create_key(owner=alice, name="tests", scopes=["read"])
    asking = (
        f"GET /ws/events/ HTTP/1.1\r\nHost: 127.0.0.1:{live_site.port}\r\nAuthorization: Bearer {key}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", live_site.port), timeout=20) as line:
        line.sendall(asking.encode())
        received = b""
        while b"snapshot" not in received:
            received += line.recv(65536)
        act(client_of(root), USERS, "deactivate", alice)
        closing = bytes([0x88, 2]) + (4401).to_bytes(2)
        # Away from the line while it is closed: what has arrived stays unread.
        wait_for(lambda: line.recv(65536, socket.MSG_PEEK).endswith(closing), what="the close code")
        line.sendall(b"\x89\x80abcd")  # a ping, so that a line that was cut off is known to be
        assert line.recv(65536).endswith(closing)
