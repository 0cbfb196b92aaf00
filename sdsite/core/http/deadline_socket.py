"""Sockets with an end in sight: whatever is sent and read, all of it happens before one deadline."""

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


class _Patient(io.RawIOBase):
    """What is read from a socket, all of it before `deadline`: a drip of bytes cannot hold it open."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        """Take a connected socket, and a moment of `time.monotonic`."""
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, waiting for it until the deadline."""
        self._sock.settimeout(seconds_left(self._deadline))
        return self._sock.recv_into(buffer)


class SocketLine:
    """As much of a socket as http.client asks for; closing is left to who opened it."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        """Take a connected socket, and a moment of `time.monotonic`."""
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send everything, or fail at the deadline."""
        self._sock.settimeout(seconds_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, *args: Any, **options: Any) -> io.BufferedReader:
        """Return what http.client reads from."""
        return io.BufferedReader(_Patient(self._sock, self._deadline), BUFFER_BYTES)

    def close(self) -> None:
        """Leave the socket open."""
