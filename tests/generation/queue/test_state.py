"""A pause of the queue is shown."""

import pytest

from generation.jobs.queue_control import set_state
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def jobs(alice, checkpoint):
    return [make_job(alice, checkpoint, prompt=f"number {number}") for number in range(3)]


def test_a_pause_is_shown(owner_client, bob, jobs):
    set_state(actor=bob, paused=True, message="Back at two.")
    answer = owner_client.api("GET", "/queue").json()
    assert (answer["state"], answer["paused"], answer["closed"]) == ("paused", True, False)
    assert answer["message"] == "Back at two."
    assert answer["jobs"][0]["eta_seconds"] is None
    set_state(actor=bob, paused=False, closed=True)
    assert owner_client.api("GET", "/queue").json()["state"] == "closed"
