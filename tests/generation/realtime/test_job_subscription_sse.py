"""The subscription to a job: a snapshot only for clients that missed something."""

import signal

import pytest

from generation.models import Checkpoint, Job
from tests.generation.realtime.conftest import events, follow, following, key_of
from tests.support.factories import make_job, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


def test_who_is_up_to_date_gets_no_snapshot_and_who_missed_something_does(live_site, alice, starter):
    _, key = key_of(alice)
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    job = make_job(alice, starter, steps=4)
    sequence = Job.objects.get(pk=job.pk).sequence
    with following(live_site, job, key, **{"Last-Event-ID": str(sequence)}) as response:
        live_site.processes["worker"].send_signal(signal.SIGCONT)
        told = list(events(response))
    assert "snapshot" not in [name for _, name, _ in told]
    assert told[-1][1] == "job.succeeded"
    behind = follow(live_site, job, key, f"?last_event_id={sequence}")
    assert [name for _, name, _ in behind] == ["snapshot"]
    assert behind[0][2]["data"]["jobs"][0]["status"] == "succeeded"
    with following(live_site, job, key, **{"Last-Event-ID": str(behind[0][0])}) as response:
        assert response.status_code == 204


def test_the_row_makes_up_for_what_the_layer_does_not_say(live_site, alice, starter):
    _, key = key_of(alice)
    job = make_job(alice, starter, steps=150)
    with following(live_site, job, key) as response:
        told = events(response)
        while next(told)[1] != "job.progress":
            pass
        live_site.kill("valkey")
        rest = [name for _, name, _ in told]
    assert rest[-1] == "job.succeeded"
