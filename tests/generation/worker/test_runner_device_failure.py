"""A device that fails in a pipeline call: innocent jobs go back uncharged, and one that does it twice ends."""

import pytest

from gallery.models import Image
from generation.errors import DeviceFailed
from generation.jobs.claim import claim
from generation.models import Job, Share
from generation.pipelines import generate as diffusion
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from tests.support.factories import make_job, make_user
from tests.support.simulated_devices import make_batches_pay

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")
ASSERTED = "CUDA error: device-side assert triggered"


@pytest.fixture
def process(checkpoint, monkeypatch, no_worker):
    """Return a function that works as one worker process does: until its queue is empty or its device has failed.

    It fails in calls with "poison" in a prompt.
    """
    make_batches_pay(checkpoint)
    plain = diffusion.generate

    def generate(source, parts, **more):
        if any("poison" in part.parameters.prompt for part in parts):
            raise DeviceFailed(ASSERTED)
        return plain(source, parts, **more)

    monkeypatch.setattr(diffusion, "generate", generate)

    def work():
        session = WorkerSession("w", LANES)
        while not session.draining and (job := claim(worker=session.name, lanes=LANES)):
            run(job, session)
        session.storing_pool.shutdown()
        return session

    return work


@pytest.fixture
def make(checkpoint):
    people = iter(range(9))
    return lambda prompt, **more: make_job(
        make_user(f"person{next(people)}"), checkpoint, prompt=prompt, steps=2, **more
    )


def rows(*jobs):
    return [(row.status, row.device_failures, row.losses) for row in map(fresh, jobs)]


def fresh(job):
    return Job.objects.get(pk=job.pk)


def test_the_job_at_fault_is_found_by_running_each_alone_and_ends_at_its_second_failure(process, make):
    poison, friend, other = make("poison"), make("a cat"), make("a dog")
    first = process()
    assert first.device_failure == ASSERTED
    assert rows(poison, friend, other) == [("queued", 1, 0)] * 3
    assert [fresh(job).used_seconds for job in (poison, friend, other)] == [0, 0, 0]
    assert set(Share.objects.values_list("virtual_seconds", flat=True)) == {0.0}
    for _ in range(3):
        process()
    assert rows(poison, friend, other) == [("failed", 1, 0), ("succeeded", 1, 0), ("succeeded", 1, 0)]
    assert fresh(poison).error_code == "device_failed"
    assert ASSERTED in fresh(poison).error_message
    assert [image.receipt["batch_size"] for image in Image.objects.filter(job_id__in=[friend.pk, other.pk])] == [1, 1]


def test_a_device_that_fails_before_the_call_makes_nobody_a_suspect(process, make, monkeypatch):
    def vanished(*args, **more):
        raise DeviceFailed("CUDA error: no CUDA-capable device is detected")

    job = make("a cat")
    with monkeypatch.context() as patch:
        patch.setattr(diffusion, "most_images", vanished)
        assert "no CUDA-capable device" in process().device_failure
    assert rows(job) == [("queued", 0, 0)]
    process()
    assert rows(job) == [("succeeded", 0, 0)]


def test_an_image_that_is_still_being_stored_is_kept(process, make, monkeypatch):
    """The device fails in the second call of a job, while the first image is on its way into storage."""
    job = make("a cat", count=2, batch_size=1)
    calls = []
    counted = diffusion.generate

    def second_fails(source, parts, **more):
        calls.append(len(parts))
        if len(calls) == 2:
            raise DeviceFailed(ASSERTED)
        return counted(source, parts, **more)

    monkeypatch.setattr(diffusion, "generate", second_fails)
    assert process().has_generated
    assert rows(job) == [("queued", 1, 0)]
    assert Image.objects.of_job(job.pk).count() == 1
    process()
    assert rows(job) == [("succeeded", 1, 0)]
    assert len(calls) == 3
