"""Sockets with one deadline for everything that is sent and read."""

import io
import socket
import time
from typing import Any

BUFFER_BYTES = 64 * 1024


def seconds_left(deadline: float) -> float:
    """Return the seconds until `deadline`, more than 0.

    Raises:
        TimeoutError: it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _DeadlineReader(io.RawIOBase):
    """Raw reader of a socket with one deadline, so that single bytes cannot keep it open."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        """Take a connected socket, and a deadline in seconds of `time.monotonic`."""
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is available, and wait for it until the deadline."""
        self._sock.settimeout(seconds_left(self._deadline))
        return self._sock.recv_into(buffer)


class DeadlineSocket:
    """The part of a socket that http.client uses; the caller closes the socket itself."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        """Take a connected socket, and a deadline in seconds of `time.monotonic`."""
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send all of `data`, or fail at the deadline."""
        self._sock.settimeout(seconds_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, *args: Any, **options: Any) -> io.BufferedReader:
        """Return the reader for http.client."""
        return io.BufferedReader(_DeadlineReader(self._sock, self._deadline), BUFFER_BYTES)

    def close(self) -> None:
        """Leave the socket open."""
