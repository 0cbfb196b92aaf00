"""Failures by code, the last ones, and the list that a count links to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import Job
from sdsite.admin.dashboard import failures
from sdsite.admin.dashboard.periods import PERIODS
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey_alone")


def fail(owner, checkpoint, code, *, ago, message="Why."):
    job = make_job(owner, checkpoint)
    ended = timezone.now() - ago
    Job.objects.filter(pk=job.pk).update(status="failed", error_code=code, error_message=message, finished_at=ended)
    return job


def test_codes_are_counted_and_link_to_just_those_jobs(alice, checkpoint, as_root):
    hour = timedelta(hours=1)
    fail(alice, checkpoint, "refused", ago=hour)
    fail(alice, checkpoint, "out_of_memory", ago=2 * hour, message="It was full.")
    newer = fail(alice, checkpoint, "out_of_memory", ago=hour, message="It is full.")
    old = fail(alice, checkpoint, "out_of_memory", ago=timedelta(days=3))
    first, second = failures.by_code(PERIODS["24h"], timezone.now())
    assert (first.code, first.count, first.message) == ("out_of_memory", 2, "It is full.")
    assert (second.code, second.count) == ("refused", 1)
    listed = {job.pk for job in as_root.get(first.url).context["cl"].result_list}
    assert len(listed) == first.count
    assert newer.pk in listed
    assert [job.pk for job in failures.last()][-1] == old.pk
