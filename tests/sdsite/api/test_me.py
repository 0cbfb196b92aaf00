"""/me has the scopes of the key or the session."""

import pytest

from tests.support.clients.api_client import ApiClient, knocking_as
from tests.support.factories import PASSWORD, end_job, make_job

pytestmark = pytest.mark.django_db


def test_me_has_the_scopes_of_the_key(alice):
    answer = knocking_as(alice, "read").api("GET", "/me").json()
    assert answer["scopes"] == ["read"]
    assert answer["key"]["name"] == "tests"
    assert answer["jobs"] == {"queued": 0, "running": 0}


def test_me_tells_the_use_by_source(alice, charlie, checkpoint):
    end_job(make_job(alice, checkpoint, count=2), source="openai", used_seconds=3.25)
    end_job(make_job(charlie, checkpoint), source="sdapi", used_seconds=9)
    [use] = knocking_as(alice, "read").api("GET", "/me").json()["sources"]
    assert use == {"source": "openai", "title": "OpenAI's API", "jobs": 1, "images": 2, "seconds": 3.2}


def test_a_session_may_do_everything_and_has_no_key(alice):
    client = ApiClient()
    assert client.login(username="alice", password=PASSWORD)
    answer = client.api("GET", "/me").json()
    assert answer["scopes"] == ["generate", "read", "write"]
    assert answer["key"] is None
