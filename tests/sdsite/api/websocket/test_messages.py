"""Orders of the native websocket: what is read, and what is said about those that cannot be."""

import json
import uuid

import msgpack
import pytest
from django.contrib.auth.models import AnonymousUser

from generation.realtime.authentication import NotAuthenticated, authenticate_again, authenticate_connection, raw_key
from sdsite.accounts.api_keys import revoke_key
from sdsite.accounts.authentication import WrongKey
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.scopes import ScopeMissing
from sdsite.api.endpoint import answer_for
from sdsite.api.websocket.messages import Refused, read_order
from sdsite.core.rate_limits import LIMITS, RateLimited
from tests.support.clients.api_client import make_key

JOB = str(uuid.uuid4())


def answer_to(frame):
    with pytest.raises(Refused) as refused:
        read_order(frame).requested()
    return refused.value.ref, answer_for(refused.value.reason)


def test_the_same_order_in_json_and_messagepack():
    order = {"action": "generate", "ref": "a", "parameters": {"prompt": "a fox", "steps": 3}, "images": True}
    text, packed = read_order(json.dumps(order)), read_order(msgpack.packb(order))
    assert text == packed
    assert (text.requested().prompt, text.requested().steps, text.previews, text.images) == ("a fox", 3, True, True)


def test_pictures_in_messagepack_may_be_bytes():
    order = {"action": "generate", "parameters": {"prompt": "a fox", "init_image": b"\x89PNG"}}
    assert read_order(msgpack.packb(order)).requested().init_image == "data:application/octet-stream;base64,iVBORw=="


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
        ({"action": "generate", "parameters": {"prompt": "x", "steps": 151}}, "steps", "1 to 150"),
        ({"action": "generate", "parameters": {"prompt": "x", "cfg_scale": 4}}, "cfg_scale", "guidance_scale"),
        ({"action": "generate", "parameters": {"prompt": "x", "preview": {"every": 0}}}, "preview.every", "1 to 150"),
        ({"action": "generate", "parameters": {"prompt": ""}}, "prompt", "1 to 10000"),
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


def knocking(*, query=b"", subprotocols=(), **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"headers": pairs, "query_string": query, "subprotocols": list(subprotocols), "user": AnonymousUser()}
    return {**scope, "client": ["192.0.2.7", 1]}


def test_a_key_is_found_wherever_clients_can_put_one():
    assert raw_key(knocking(authorization="Bearer one", query=b"api_key=two")) == "one"
    assert raw_key(knocking(x_api_key="one", subprotocols=["bearer.two"])) == "one"
    assert raw_key(knocking(subprotocols=["sdsite.json", "bearer.one"], query=b"api_key=two")) == "one"
    assert raw_key(knocking(query=b"a=b&api_key=one")) == "one"
    assert raw_key(knocking(query=b"api_key=")) is None
    assert raw_key(knocking(authorization="")) is None


@pytest.mark.django_db
def test_who_comes_in_acts_as_the_owner_with_what_the_key_may(alice):
    row, key = make_key(alice, "read")
    connection = authenticate_connection(knocking(authorization=f"Bearer {key}"), "read")
    assert connection.credentials == Credentials(alice, row)
    with pytest.raises(ScopeMissing):
        authenticate_again(connection, "192.0.2.7", "generate")
    revoke_key(key=row, actor=alice)
    with pytest.raises(WrongKey):
        authenticate_again(connection, "192.0.2.7", "read")
    with pytest.raises(NotAuthenticated):
        authenticate_connection(knocking(), "read")


@pytest.mark.django_db
def test_wrong_keys_are_counted_for_each_address(valkey):
    for _ in range(LIMITS["wrong_key"].amount):
        with pytest.raises(WrongKey):
            authenticate_connection(knocking(query=b"api_key=sds_wrong_key"))
    with pytest.raises(RateLimited):
        authenticate_connection(knocking(query=b"api_key=sds_wrong_key"))
