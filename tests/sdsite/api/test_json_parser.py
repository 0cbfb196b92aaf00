"""Bodies that are not a JSON object are refused."""

import json

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart"}


@pytest.fixture(autouse=True)
def _nothing_is_enqueued(checkpoint):
    from generation.models import Job

    yield
    assert not Job.objects.exists()


NO_JSON = {
    "cut off": b'{"prompt": "a red heart"',
    "no JSON at all": b"a red heart",
    "no UTF-8": b'{"prompt": "\xff\xfe"}',
    "half a surrogate pair": b'{"prompt": "\\ud800"}',
    "half a surrogate pair in a name": b'{"prompt": "x", "\\udfff": 1}',
    "nested too deep": b"[" * 90_000,
    "a number of 10,000 digits": b'{"prompt": "x", "seed": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("case", NO_JSON)
def test_a_body_that_is_no_json_is_refused(owner_client, case):
    error_of(owner_client.api("POST", "/jobs", NO_JSON[case]), 400, "invalid_json")


@pytest.mark.parametrize("body", [[], "text", 7, None, [REQUEST]])
def test_json_that_is_no_object_is_refused(owner_client, body):
    fields = error_of(owner_client.api("POST", "/jobs", json.dumps(body)), 422, "invalid_parameters")
    assert fields == {"body": "the body must be a JSON object"}


def test_an_empty_body_is_refused(owner_client):
    fields = error_of(owner_client.api("POST", "/jobs", b""), 422, "invalid_parameters")
    assert "body" in fields


PNG = b"\x89PNG\r\n\x1a\n"


OTHER_TYPES = {
    "a form": ("application/x-www-form-urlencoded", b"prompt=a+red+heart"),
    "text": ("text/plain", b"a red heart"),
    "an image": ("image/png", PNG),
    "XML": ("application/xml", b"<prompt>a red heart</prompt>"),
    "XML around JSON": ("application/xml", json.dumps(REQUEST).encode()),
    "a multipart form": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n--x--',
    ),
    "bytes without a type": ("", PNG),
}


@pytest.mark.parametrize("case", OTHER_TYPES)
def test_a_body_of_another_type_is_refused(owner_client, case):
    content_type, body = OTHER_TYPES[case]
    response = owner_client.api("POST", "/jobs", body, content_type=content_type)
    error_of(response, 415, "unsupported_media_type")
    assert "application/json" in response.json()["error"]["message"]
