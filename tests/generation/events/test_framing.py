"""Frames and events: what goes over the wire, and that it is documented."""

import base64
import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.events.framing import FRAMERS, decode_binary, encode_binary
from generation.events.types import EVENTS, OF_STATUS, JobProgress
from tests.support.site import ROOT

DOCS = ROOT / "docs" / "events.md"


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.binary())
def test_a_binary_frame_comes_back_as_it_was(message, body):
    assert decode_binary(encode_binary(message, body)) == (message, body)


@pytest.mark.parametrize("frame", [b"", b"\x00\x00", b"\x00\x00\x00\x09{}", b"\x00\x00\x00\x02xx"])
def test_a_broken_frame_is_a_value_error(frame):
    with pytest.raises(ValueError):
        decode_binary(frame)


def test_every_subprotocol_carries_message_and_body():
    message = JobProgress("j", 3, 1, 20).message()
    assert json.loads(FRAMERS[None](message, None)) == message
    assert decode_binary(FRAMERS[None](message, b"x")) == (message, b"x")
    in_json = json.loads(FRAMERS["sdsite.json"](message, b"x"))
    assert base64.b64decode(in_json["base64"]) == b"x"
    assert msgpack.unpackb(FRAMERS["sdsite.msgpack"](message, b"x")) == {**message, "bytes": b"x"}


def test_an_event_is_declared_once_with_name_and_payload():
    assert JobProgress("j", 3, 1, 20).message() == {
        "event": "job.progress",
        "job": "j",
        "sequence": 3,
        "data": {"step": 1, "total": 20, "eta_seconds": None},
    }


def test_every_status_has_its_event():
    from generation.models import Job

    assert set(OF_STATUS) == {status.value for status in Job.Status}


def test_every_event_is_documented_and_nothing_else():
    sections = {
        line.removeprefix("### `").rstrip("`") for line in DOCS.read_text().splitlines() if line.startswith("### `")
    }
    assert sections == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS.values())
def test_the_docstring_of_an_event_is_its_documentation(event):
    text = " ".join(DOCS.read_text().split())
    assert " ".join(event.__doc__.split()) in text
