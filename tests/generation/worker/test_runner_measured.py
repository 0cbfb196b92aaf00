"""Every pipeline call is measured, and the batch sizes of the next claims follow from it."""

import pytest

from gallery.models import Image
from generation.jobs.claim import claim
from generation.models import Job, MeasuredSpeed
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from tests.support.factories import make_checkpoint, make_job

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


@pytest.fixture
def generate(alice, checkpoint, no_worker):
    """Return a function that generates a job in one session, and returns the batch size of each of its images."""
    session = WorkerSession("w", LANES)

    def generate(**fields):
        job = make_job(alice, checkpoint, steps=2, **fields)
        run(claim(worker=session.name, lanes=LANES), session)
        session.wait_for_storing()
        assert Job.objects.get(pk=job.pk).status == "succeeded"
        return [image.receipt["batch_size"] for image in Image.objects.of_job(job.pk)]

    yield generate
    session.storing_pool.shutdown()


def runs():
    return {row.images: row.runs for row in MeasuredSpeed.objects.all()}


def test_a_size_that_never_ran_begins_with_a_guess_and_is_then_measured_alone_and_two_together(generate):
    assert generate(count=4) == [4, 4, 4, 4]  # 128x128 on a CPU
    assert runs() == {4: 0}  # the first call of a kind does not count
    assert generate(count=3) == [1, 1, 1]
    assert runs() == {4: 0, 1: 2}
    row = MeasuredSpeed.objects.get(images=1)
    assert (row.hardware, row.width, row.height) == ("cpu", 128, 128)
    assert row.step_seconds > 0
    assert row.rest_seconds > 0
    assert generate(count=4) == [2, 2, 2, 2]
    assert runs() == {4: 0, 1: 2, 2: 1}


def test_a_named_batch_size_is_measured_too(generate):
    assert generate(count=3, batch_size=3) == [3, 3, 3]
    assert runs() == {3: 0}
    generate(count=3, batch_size=3)
    assert runs() == {3: 1}


def test_images_of_another_checkpoint_in_a_grid_are_not_taken_for_those_of_the_jobs_own(generate):
    make_checkpoint("other")
    axis = {"field": "checkpoint", "values": ["other", "starter"]}
    generate(grid={"axes": [axis]})
    assert [row.checkpoint.slug for row in MeasuredSpeed.objects.all()] == ["starter"]
