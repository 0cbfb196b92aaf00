"""Places in the queue count from the next job, and their costs add up."""

import pytest

from generation.queue import eta
from tests.support.factories import make_job


def test_places_count_from_the_next_and_add_up_costs(alice, checkpoint):
    checkpoint.step_seconds = 2.0
    checkpoint.save()
    jobs = [make_job(alice, checkpoint, count=count) for count in (1, 2)]
    places = eta.places()
    one = 2.0 * 20 * 128 * 128 / 1e6
    assert [places[job.pk].position for job in jobs] == [1, 2]
    assert places[jobs[1].pk].eta_seconds == pytest.approx(3 * one, abs=0.1)
