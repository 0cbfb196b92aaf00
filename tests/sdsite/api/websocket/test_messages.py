"""Messages of the native websocket: what is read, and the errors of those that cannot be."""

import json
import uuid

import msgpack
import pytest

from sdsite.api.endpoint import answer_for
from sdsite.api.websocket.messages import Refused, read_command

JOB = str(uuid.uuid4())


def answer_to(frame):
    with pytest.raises(Refused) as refused:
        read_command(frame).requested()
    return refused.value.ref, answer_for(refused.value.reason)


def test_the_same_order_in_json_and_messagepack():
    order = {"action": "generate", "ref": "a", "parameters": {"prompt": "a fox", "steps": 3}, "images": True}
    text, packed = read_command(json.dumps(order)), read_command(msgpack.packb(order))
    assert text == packed
    assert (text.requested().prompt, text.requested().steps, text.previews, text.images) == ("a fox", 3, True, True)


def test_pictures_in_messagepack_may_be_bytes():
    order = {"action": "generate", "parameters": {"prompt": "a fox", "init_image": b"\x89PNG"}}
    assert read_command(msgpack.packb(order)).requested().init_image == "data:application/octet-stream;base64,iVBORw=="


@pytest.mark.parametrize(
    "frame",
    ["", "no", "[]", '"x"', "[" * 100_000, b"", b"\xc1", msgpack.packb([1]), msgpack.packb({1: 2}), b"\x81\xa1a"],
)
def test_what_is_no_map_is_refused_as_such(frame):
    ref, answer = answer_to(frame)
    assert (ref, answer.code) == (None, "invalid_json")


@pytest.mark.parametrize(
    ("order", "field", "words"),
    [
        ({}, "action", "generate, follow, cancel"),
        ({"action": ["generate"]}, "action", "generate, follow, cancel"),
        ({"action": "generate"}, "parameters", "required"),
        ({"action": "generate", "parameters": []}, "parameters", "object"),
        ({"action": "generate", "parameters": {"prompt": "x", "steps": 251}}, "steps", "1 to 250"),
        ({"action": "generate", "parameters": {"prompt": "x", "cfg_scale": 4}}, "cfg_scale", "guidance_scale"),
        ({"action": "generate", "parameters": {"prompt": "x", "preview": {"every": 0}}}, "preview.every", "1 to 250"),
        ({"action": "generate", "parameters": {}, "idempotency_key": ""}, "idempotency_key", "1 to 200"),
        ({"action": "generate", "parameters": {}, "images": "perhaps"}, "images", "bool"),
        ({"action": "generate", "parameters": {}, "prompt": "x"}, "prompt", "action, ref, parameters"),
        ({"action": "follow", "job": "mine"}, "job", "UUID"),
        ({"action": "cancel", "job": JOB, "why": 1}, "why", "action, ref, job"),
    ],
)
def test_the_field_at_fault_is_named_with_what_is_allowed(order, field, words):
    ref, answer = answer_to(json.dumps({**order, "ref": "mine"}))
    assert (ref, answer.code) == ("mine", "invalid_parameters")
    assert words in answer.fields[field]


@pytest.mark.parametrize("ref", [7, "x" * 201, ["a"]])
def test_a_ref_that_is_none_is_refused(ref):
    said, answer = answer_to(json.dumps({"action": "cancel", "job": JOB, "ref": ref}))
    assert said is None
    assert "ref" in answer.fields
