"""The invariants find what is wrong after a chaotic day: each is broken here on purpose."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.models import Image
from generation.models import Job
from sdsite.devtools.chaos.invariants import files_without_rows, in_store
from sdsite.devtools.chaos.workload import PlannedJob
from tests.support.factories import make_image, make_job


@pytest.fixture
def job(alice, checkpoint):
    """A job of two images that ended well."""
    job = make_job(alice, checkpoint, count=2)
    for index in range(2):
        make_image(alice, job_id=job.pk, index=index)
    Job.objects.filter(pk=job.pk).update(status="succeeded")
    return job


@pytest.fixture
def judge(job):
    planned_job = PlannedJob(0, 0, "key", {"prompt": "a red heart", "count": 2, "seed": 7})
    return lambda: in_store([planned_job], {0: str(job.pk)})


def test_a_good_day_has_no_breach(judge):
    assert judge() == []


@pytest.mark.parametrize(
    "fields", [{"status": "running"}, {"status": "failed"}, {"status": "failed", "error_code": "worker_lost"}]
)
def test_another_ending_than_planned_is_found(judge, job, fields):
    Job.objects.filter(pk=job.pk).update(**fields)
    assert f"job {job.pk} (errand 0) ended as {fields['status']}" in judge()[0]


def test_a_planned_failure_must_have_its_reason(job):
    planned_job = PlannedJob(0, 0, "key", {"count": 2, "seed": 7}, ("failed",), "checkpoint_missing")
    Job.objects.filter(pk=job.pk).update(status="failed", error_code="internal_error")
    assert "ended as failed internal_error" in in_store([planned_job], {0: str(job.pk)})[0]


def test_a_missing_image_is_found(judge, job):
    Image.objects.filter(job_id=job.pk, index=1).delete()
    assert "has the images [0] of [0, 1]" in judge()[0]


def test_an_image_too_many_is_found(judge, job, alice):
    make_image(alice, job_id=job.pk, index=2)
    assert "has the images [0, 1, 2] of [0, 1]" in judge()[0]


def test_an_image_that_was_called_off_need_not_be_there_and_must_not(judge, job):
    Job.objects.filter(pk=job.pk).update(dropped=[1])
    assert "has the images [0, 1] of [0]" in judge()[0]
    Image.objects.filter(job_id=job.pk, index=1).delete()
    assert judge() == []


def test_another_seed_is_found(judge, job):
    Image.objects.filter(job_id=job.pk, index=1).update(seed=7)
    assert "image 1 of" in judge()[0]


def test_a_job_that_nobody_asked_for_is_found(judge, alice, checkpoint):
    make_job(alice, checkpoint)
    assert "1 jobs that nobody asked for" in judge()[0]


def test_an_image_without_a_job_is_found(judge, alice):
    make_image(alice, job_id=uuid.uuid4())
    assert judge() == ["1 images without a job"]


def test_a_lost_and_a_changed_file_are_found(judge, job):
    lost, changed = Image.objects.of_job(job.pk)
    default_storage.delete(lost.file)
    default_storage.delete(changed.file)
    default_storage.save(changed.file, default_storage.open(changed.thumbnail))
    found = "; ".join(judge())
    assert f"file of image {lost.pk} cannot be read" in found
    assert f"the file of image {changed.pk} has other bytes" in found


def test_a_file_without_a_row_is_swept_before_it_counts(judge):
    default_storage.save("images/zz/lost.png", ContentFile(b"x"))
    assert "images/zz/lost.png" in files_without_rows()
    assert judge() == []
    assert files_without_rows() == []
