"""The event of a state goes out on commit, only from the call that moved the job."""

import pytest

from generation.jobs.lifecycle import move
from tests.support.factories import make_job


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint)


def test_the_event_goes_out_on_commit_only_from_the_call_that_moved(job, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as first:
        move(job.pk, "running")
    with django_capture_on_commit_callbacks() as second:
        move(job.pk, "running")
    assert (len(first), len(second)) == (1, 0)
