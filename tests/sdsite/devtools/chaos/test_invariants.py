"""The invariants of a chaos run find each violation."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.models import Image
from generation.models import Job
from sdsite.devtools.chaos.invariants import files_without_rows, violations_in_store
from sdsite.devtools.chaos.workload import PlannedJob
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def job(alice, checkpoint):
    """A job of two images that ended well."""
    job = make_job(alice, checkpoint, count=2)
    for index in range(2):
        make_image(alice, job_id=job.pk, index=index)
    Job.objects.filter(pk=job.pk).update(status="succeeded")
    return job


@pytest.fixture
def check(job):
    planned_job = PlannedJob(0, 0, "key", {"prompt": "a red heart", "count": 2, "seed": 7})
    return lambda: violations_in_store([planned_job], {0: str(job.pk)})


def test_a_good_run_has_no_violation(check):
    assert check() == []


@pytest.mark.parametrize(
    "fields", [{"status": "running"}, {"status": "failed"}, {"status": "failed", "error_code": "worker_lost"}]
)
def test_another_ending_than_planned_is_found(check, job, fields):
    Job.objects.filter(pk=job.pk).update(**fields)
    assert f"job {job.pk} (planned job 0) ended as {fields['status']}" in check()[0]


def test_a_planned_failure_must_have_its_reason(job):
    planned_job = PlannedJob(0, 0, "key", {"count": 2, "seed": 7}, ("failed",), "checkpoint_missing")
    Job.objects.filter(pk=job.pk).update(status="failed", error_code="internal_error")
    assert "ended as failed internal_error" in violations_in_store([planned_job], {0: str(job.pk)})[0]


def test_a_missing_image_is_found(check, job):
    Image.objects.filter(job_id=job.pk, index=1).delete()
    assert "has the images [0] of [0, 1]" in check()[0]


def test_an_image_too_many_is_found(check, job, alice):
    make_image(alice, job_id=job.pk, index=2)
    assert "has the images [0, 1, 2] of [0, 1]" in check()[0]


def test_a_dropped_image_must_be_missing(check, job):
    Job.objects.filter(pk=job.pk).update(dropped=[1])
    assert "has the images [0, 1] of [0]" in check()[0]
    Image.objects.filter(job_id=job.pk, index=1).delete()
    assert check() == []


def test_another_seed_is_found(check, job):
    Image.objects.filter(job_id=job.pk, index=1).update(seed=7)
    assert "image 1 of" in check()[0]


def test_a_job_that_no_client_submitted_is_found(check, alice, checkpoint):
    make_job(alice, checkpoint)
    assert "1 jobs that no client submitted" in check()[0]


def test_an_image_without_a_job_is_found(check, alice):
    make_image(alice, job_id=uuid.uuid4())
    assert check() == ["1 images without a job"]


def test_a_lost_and_a_changed_file_are_found(check, job):
    lost, changed = Image.objects.of_job(job.pk)
    default_storage.delete(lost.file)
    default_storage.delete(changed.file)
    default_storage.save(changed.file, default_storage.open(changed.thumbnail))
    found = "; ".join(check())
    assert f"file of image {lost.pk} cannot be read" in found
    assert f"the file of image {changed.pk} has other bytes" in found


def test_a_file_without_a_row_is_swept_before_it_counts(check):
    default_storage.save("images/zz/lost.png", ContentFile(b"x"))
    assert "images/zz/lost.png" in files_without_rows()
    assert check() == []
    assert files_without_rows() == []
