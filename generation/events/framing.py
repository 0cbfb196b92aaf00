"""Websocket frames of a message: one function for each subprotocol."""

import base64
import json
import struct
from collections.abc import Callable
from typing import Any

import msgpack

Message = dict[str, Any]
HEADER_LENGTH = struct.Struct(">I")


def encode_binary(message: Message, body: bytes) -> bytes:
    """Return a binary frame: 4-byte big-endian header length, UTF-8 JSON header, body."""
    header = json.dumps(message).encode()
    return HEADER_LENGTH.pack(len(header)) + header + body


def decode_binary(frame: bytes) -> tuple[Message, bytes]:
    """Return message and body of a binary frame.

    Raises:
        ValueError: the frame is shorter than its header says, or the header is not JSON.
    """
    if len(frame) < HEADER_LENGTH.size:
        raise ValueError("a frame has at least 4 bytes")
    (length,) = HEADER_LENGTH.unpack_from(frame)
    header = frame[HEADER_LENGTH.size : HEADER_LENGTH.size + length]
    if len(header) < length:
        raise ValueError("the frame ends inside its header")
    return json.loads(header), frame[HEADER_LENGTH.size + length :]


def with_base64(message: Message, body: bytes) -> Message:
    """Return the message with its body as base64, for clients that cannot read binary."""
    return {**message, "base64": base64.b64encode(body).decode()}


def _plain(message: Message, body: bytes | None) -> str | bytes:
    return json.dumps(message) if body is None else encode_binary(message, body)


def _json(message: Message, body: bytes | None) -> str | bytes:
    if body is None:
        return json.dumps(message)
    return json.dumps(with_base64(message, body))


def _msgpack(message: Message, body: bytes | None) -> str | bytes:
    whole = message if body is None else {**message, "bytes": body}
    packed: bytes = msgpack.packb(whole, unicode_errors="replace")  # a client's own `ref` may hold half a character
    return packed


# None: browsers, which get text frames and binary previews.
FRAMERS: dict[str | None, Callable[[Message, bytes | None], str | bytes]] = {
    None: _plain,
    "sdsite.json": _json,
    "sdsite.msgpack": _msgpack,
}
