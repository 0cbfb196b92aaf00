"""Which jobs are in the snapshot of a client that was away for a while."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.events.publish import drain, publish_preview
from generation.events.types import JobPreview
from generation.jobs.claim import claim
from generation.jobs.notifications import publish_positions
from generation.models import Job
from generation.realtime.snapshot import snapshot
from tests.support.factories import make_job


@pytest.mark.parametrize(
    ("ended", "away", "shown"), [(5, 1.0, True), (10.5, 1.0, True), (20, 1.0, False), (20, 15.0, True), (1, 0.0, False)]
)
def test_jobs_that_ended_a_little_before_the_connection_was_lost_are_in_it(alice, checkpoint, ended, away, shown):
    job = make_job(alice, checkpoint)
    Job.objects.update(status="succeeded", finished_at=timezone.now() - timedelta(seconds=ended))
    first, _ = snapshot(alice, away)
    assert [one["id"] for one in first.jobs] == [str(job.pk)] * shown


def test_ended_jobs_come_first_and_the_oldest_of_each_before_the_others(alice, charlie, checkpoint):
    jobs = [make_job(alice, checkpoint) for _ in range(4)]
    make_job(charlie, checkpoint)
    for job, seconds in ((jobs[1], 3), (jobs[3], 6)):
        Job.objects.filter(pk=job.pk).update(status="failed", finished_at=timezone.now() - timedelta(seconds=seconds))
    first, _ = snapshot(alice, 60.0)
    assert [one["id"] for one in first.jobs] == [str(jobs[number].pk) for number in (3, 1, 0, 2)]


def test_previews_are_those_of_running_jobs(alice, checkpoint, valkey):
    running, waiting = (make_job(alice, checkpoint, count=2) for _ in range(2))
    claim(worker="w", lanes=("interactive",))
    for job in (running, waiting):
        publish_preview(alice.pk, JobPreview(str(job.pk), 7, 1, 3), b"jpeg")
    assert drain()
    _, [(message, jpeg)] = snapshot(alice)
    assert (message["job"], message["data"], jpeg) == (str(running.pk), {"index": 1, "step": 3}, b"jpeg")


def test_places_are_those_published_and_of_jobs_queued_since_simulated(
    alice, checkpoint, valkey, django_assert_num_queries
):
    first = make_job(alice, checkpoint)
    publish_positions()
    with django_assert_num_queries(2):  # jobs and their images: not the queue
        snapshot(alice)
    second = make_job(alice, checkpoint)
    shown = {job["id"]: job["position"] for job in snapshot(alice)[0].jobs}
    assert shown == {str(first.pk): 1, str(second.pk): 2}
