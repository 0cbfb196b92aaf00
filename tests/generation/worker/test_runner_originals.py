"""An init image that is kept is the first image of its job, unchanged, and no pipeline call makes it."""

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Image, Upload
from generation.jobs.claim import claim
from generation.models import Job
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from tests.support.factories import make_job
from tests.support.images import picture, upload_of

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


@pytest.fixture
def worked(no_worker):
    """Return a function that runs the job that waits."""

    def work(job):
        session = WorkerSession("w", LANES)
        run(claim(worker=session.name, lanes=LANES), session)
        session.wait_for_storing()
        session.storing_pool.shutdown()
        return Job.objects.get(pk=job.pk)

    return work


def kept(alice, checkpoint, upload, **requested):
    return make_job(
        alice, checkpoint, init_image=upload.reference, keep_original=True, steps=2, strength=0.5, **requested
    )


def test_the_original_comes_first_and_the_others_are_generated(alice, checkpoint, worked):
    job = worked(kept(alice, checkpoint, upload_of(alice, picture("red", (128, 128))), count=2))
    assert (job.status, job.error_message) == ("succeeded", "")
    first, *others = Image.objects.of_job(job.pk).order_by("index")
    assert [first.index, *(one.index for one in others)] == [0, 1, 2]
    assert first.seed == job.resolved().seed
    assert first.receipt["batch_size"] == 1
    with Pillow.open(default_storage.open(first.file)) as image:
        assert image.convert("RGB").getcolors() == [(128 * 128, (255, 0, 0))]
    assert [one.receipt["batch_size"] for one in others] == [2, 2]


def test_an_original_that_is_gone_fails_its_job_with_the_reason(alice, checkpoint, worked):
    upload = upload_of(alice, picture("red", (128, 128)))
    job = kept(alice, checkpoint, upload)
    Upload.objects.filter(pk=upload.pk).delete()
    job = worked(job)
    assert (job.status, job.error_code) == ("failed", "picture_missing")
    assert not Image.objects.of_job(job.pk).exists()
