"""Frames of events in JSON and MessagePack, as documented."""

import base64
import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.events.framing import FRAMERS, decode_binary, encode_binary
from generation.events.types import JobProgress


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.binary())
def test_a_binary_frame_decodes_to_what_was_encoded(message, body):
    assert decode_binary(encode_binary(message, body)) == (message, body)


@pytest.mark.parametrize("frame", [b"", b"\x00\x00", b"\x00\x00\x00\x09{}", b"\x00\x00\x00\x02xx"])
def test_a_broken_frame_raises_value_error(frame):
    with pytest.raises(ValueError):
        decode_binary(frame)


def test_every_subprotocol_has_message_and_body():
    message = JobProgress("j", 3, 1, 20).message()
    assert json.loads(FRAMERS[None](message, None)) == message
    assert decode_binary(FRAMERS[None](message, b"x")) == (message, b"x")
    in_json = json.loads(FRAMERS["sdsite.json"](message, b"x"))
    assert base64.b64decode(in_json["base64"]) == b"x"
    assert msgpack.unpackb(FRAMERS["sdsite.msgpack"](message, b"x")) == {**message, "bytes": b"x"}
