"""Events are received again after a restart of Valkey."""

import signal

import pytest

from generation.models import Checkpoint
from tests.generation.realtime.conftest import events, following, key_of
from tests.support.factories import make_job, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


def test_news_is_heard_again_after_a_restart_of_valkey(live_site, alice, starter):
    _, key = key_of(alice)
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    job = make_job(alice, starter, steps=100)
    live_site.kill("valkey")
    with following(live_site, job, key) as response:
        told = events(response)
        assert next(told)[1] == "snapshot"
        live_site.start_part("valkey")
        live_site.processes["worker"].send_signal(signal.SIGCONT)
        assert list(told)[-1][1] == "job.succeeded"
