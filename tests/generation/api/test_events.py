"""The events of a job over HTTP: who may read them, and from which event on."""

import json

import httpx
import pytest

from generation.models import Checkpoint
from tests.generation.realtime.conftest import address, following, key_of
from tests.support.factories import make_job, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


@pytest.mark.parametrize("seen", ["soon", "-1", "1e3", "9" * 30])
def test_a_last_event_id_that_is_none_is_refused(live_site, alice, starter, seen):
    job = make_job(alice, starter, steps=2)
    with following(live_site, job, key_of(alice)[1], **{"Last-Event-ID": seen}) as response:
        assert response.status_code == 422
        assert json.loads(response.read())["error"]["fields"]["last_event_id"]


def test_a_stranger_finds_nothing_and_a_key_needs_the_scope(live_site, alice, starter):
    job = make_job(alice, starter, steps=2)
    cases = [(key_of(make_user("charlie"))[1], 404), (key_of(alice, "generate")[1], 403), ("sds_wrong_key", 401)]
    for key, status in cases:
        with following(live_site, job, key) as response:
            assert response.status_code == status
    basic = httpx.get(address(live_site, job), auth=("anybody", key_of(alice)[1]), timeout=30)
    header = httpx.get(address(live_site, job), headers={"X-API-Key": key_of(alice)[1]}, timeout=30)
    assert (basic.status_code, header.status_code) == (200, 200)
