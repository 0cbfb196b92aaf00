"""The cleanup of uploads: old ones that no job needs are deleted."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.actions import cleanup
from gallery.models import Upload
from generation.jobs.submission import input_images
from generation.jobs.submission.input_images import store_input_images
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from tests.support.factories import make_job
from tests.support.images import picture, upload_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def requested(**fields):
    return GenerationParameters(prompt="a red heart", **fields)


def test_the_sweep_deletes_old_uploads_that_no_job_needs(alice, checkpoint, django_capture_on_commit_callbacks):
    rows = {name: upload_of(alice, picture(name)) for name in ("red", "green", "blue")}
    job = make_job(alice, checkpoint, init_image=rows["red"].reference)
    Upload.objects.update(last_used_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        store_input_images(requested(init_image=rows["green"].reference), alice)
        assert cleanup.delete_unused_uploads() == 1
    assert set(Upload.objects.values_list("pk", flat=True)) == {rows["red"].pk, rows["green"].pk}
    Job.objects.filter(pk=job.pk).update(status=Job.Status.CANCELLED)
    with django_capture_on_commit_callbacks(execute=True):
        assert cleanup.delete_unused_uploads() == 1
    assert cleanup.sweep(timedelta(0)) == 0  # the files went with their rows
    assert Upload.objects.get() == rows["green"]
    orphans, files = cleanup.find_orphans(timedelta(0))
    assert (orphans, files) == ([], 2)  # the file and its thumbnail


def test_rows_of_other_versions_do_not_stop_the_sweep(alice, checkpoint):
    job = make_job(alice, checkpoint)
    Job.objects.filter(pk=job.pk).update(parameters={"controls": None, "init_image": 7})
    assert input_images.needed_uploads([uuid.uuid4()]) == set()
