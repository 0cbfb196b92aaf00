"""Jobs as JSON: state, progress, place in the queue, images, error, with a constant number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.jobs.lifecycle import move
from generation.models import Job
from generation.serializers.jobs import serialize_job, serialize_jobs
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db


def fresh(job):
    return Job.objects.select_related("checkpoint").get(pk=job.pk)


def test_a_queued_job_has_a_place_and_a_running_one_its_progress(alice, checkpoint):
    running, queued = make_job(alice, checkpoint), make_job(alice, checkpoint, count=2)
    move(running.pk, Job.Status.RUNNING, worker="w")
    Job.objects.filter(pk=running.pk).update(step=5, total=20)
    first, second = serialize_jobs([fresh(running), fresh(queued)])
    assert (first.status, first.position, first.progress.fraction) == ("running", None, 0.25)
    assert (second.status, second.position, second.progress.fraction) == ("queued", 1, 0)
    assert second.eta_seconds > 0
    assert (second.image_count, second.images, second.error) == (2, [], None)


def test_a_failed_job_has_its_error(alice, checkpoint):
    job = make_job(alice, checkpoint)
    move(job.pk, Job.Status.RUNNING, worker="w")
    assert move(job.pk, Job.Status.FAILED, error_code="out_of_memory", error_message="It did not fit.")
    out = serialize_job(fresh(job))
    assert (out.status, out.position, out.eta_seconds) == ("failed", None, None)
    assert out.error.model_dump() == {"code": "out_of_memory", "message": "It did not fit."}


def test_a_succeeded_job_has_its_images_in_order_and_the_seconds_it_ran(alice, checkpoint):
    job = make_job(alice, checkpoint, count=2)
    stored = [make_image(alice, job_id=job.pk, index=index) for index in (1, 0)]
    move(job.pk, Job.Status.RUNNING, worker="w")
    move(job.pk, Job.Status.SUCCEEDED)
    finished_at = fresh(job).finished_at
    Job.objects.filter(pk=job.pk).update(started_at=finished_at - timedelta(seconds=3))
    out = serialize_job(fresh(job))
    assert [image.id for image in out.images] == [stored[1].pk, stored[0].pk]
    assert out.progress.fraction == 1
    assert out.seconds == 3
    assert out.checkpoint_title == checkpoint.title
    assert serialize_job(fresh(job), images=[]).images == []


def test_the_checkpoint_that_was_deleted_is_named_as_it_was_requested(alice, checkpoint):
    job = make_job(alice, checkpoint)
    Job.objects.filter(pk=job.pk).update(checkpoint=None)
    assert serialize_job(fresh(job)).checkpoint_title == "starter"


def test_many_jobs_take_as_many_queries_as_few(alice, checkpoint):
    def queries(count):
        for _ in range(count):
            job = make_job(alice, checkpoint)
            make_image(alice, job_id=job.pk)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert serialize_jobs(Job.objects.select_related("checkpoint"))
        return len(captured)

    queries(1)
    assert queries(1) == queries(6)
