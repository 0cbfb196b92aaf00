"""The batch lane gets every tenth start, or all of them while nothing else waits."""

import pytest

from generation.jobs.cancel import cancel_job
from generation.queue.lanes import EVERY
from tests.support.queue_turns import done, queue_job, take


def lanes_of_starts(count, workers=1):
    """Return the lanes of the next `count` jobs to start, `workers` of them running at any time."""
    running, lanes = [], []
    for _ in range(count):
        job = take()
        lanes.append(job.lane)
        running.append(job)
        if len(running) == workers:
            done(running.pop(0))
    return lanes


@pytest.mark.parametrize("workers", [1, 4])
def test_batch_gets_every_tenth_start_while_interactive_is_busy(alice, charlie, checkpoint, workers):
    for _ in range(3 * EVERY):
        queue_job(alice, checkpoint)
    for _ in range(3):
        queue_job(charlie, checkpoint, lane="batch")
    lanes = lanes_of_starts(3 * EVERY, workers)
    assert [number for number, lane in enumerate(lanes, start=1) if lane == "batch"] == [EVERY, 2 * EVERY, 3 * EVERY]


def test_a_new_batch_job_waits_nine_turns_whatever_was_before(alice, charlie, checkpoint):
    for _ in range(2 * EVERY):
        queue_job(alice, checkpoint)
    lanes_of_starts(EVERY)
    queue_job(charlie, checkpoint, lane="batch")
    assert lanes_of_starts(EVERY) == ["interactive"] * (EVERY - 1) + ["batch"]


def test_a_batch_job_that_was_cancelled_brings_the_next_no_earlier_turn(alice, charlie, checkpoint):
    cancel_job(job=queue_job(charlie, checkpoint, lane="batch"), actor=charlie)
    for _ in range(2 * EVERY):
        queue_job(alice, checkpoint)
    lanes_of_starts(EVERY)
    queue_job(charlie, checkpoint, lane="batch")
    assert lanes_of_starts(EVERY) == ["interactive"] * (EVERY - 1) + ["batch"]


def test_batch_runs_at_once_when_nothing_else_waits(alice, checkpoint):
    queue_job(alice, checkpoint, lane="batch")
    assert take().lane == "batch"
