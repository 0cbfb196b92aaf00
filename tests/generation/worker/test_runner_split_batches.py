"""A pipeline call that fails is repeated in smaller batches, and only the job at fault fails."""

import pytest

from gallery.models import Image
from generation.errors import GenerationError
from generation.jobs.claim import claim
from generation.models import Job
from generation.pipelines import generate as diffusion
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from tests.support.factories import make_job, make_user

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


@pytest.fixture
def drawn(checkpoint, monkeypatch, no_worker):
    """Return a function that draws jobs of wishes in one claim, `refuse(parts)` being asked before every call."""
    plain = diffusion.generate

    def draw(requests, refuse):
        def generate(source, parts, **more):
            refuse(parts)
            return plain(source, parts, **more)

        monkeypatch.setattr(diffusion, "generate", generate)
        jobs = [
            make_job(make_user(f"person{n}"), checkpoint, steps=2, **requested) for n, requested in enumerate(requests)
        ]
        session = WorkerSession("w", LANES)
        run(claim(worker=session.name, lanes=LANES), session)
        session.wait_for_storing()
        session.storing_pool.shutdown()
        return [Job.objects.get(pk=job.pk) for job in jobs]

    return draw


def sizes(job):
    return [image.receipt["batch_size"] for image in Image.objects.of_job(job.pk)]


def test_a_shortage_of_memory_halves_the_batch_until_it_fits(drawn):
    def full(parts):
        """A real shortage would take the machine with it."""
        if sum(len(part.indices) for part in parts) > 2:
            raise GenerationError("out_of_memory", "did not fit")

    jobs = drawn([{}, {"count": 3}, {}], full)
    assert [job.status for job in jobs] == ["succeeded"] * 3
    assert [sizes(job) for job in jobs] == [[2], [2, 1, 2], [2]]
    assert [(job.step, job.total) for job in jobs] == [(2, 2), (6, 6), (2, 2)]


def test_one_image_that_does_not_fit_fails_its_job(drawn):
    def full(parts):
        raise GenerationError("out_of_memory", "did not fit")

    jobs = drawn([{}, {}], full)
    assert [(job.status, job.error_code) for job in jobs] == [("failed", "out_of_memory")] * 2


def test_an_unexpected_error_fails_only_the_job_that_causes_it(drawn):
    def stumble(parts):
        if any("poison" in part.parameters.prompt for part in parts):
            raise ZeroDivisionError

    jobs = drawn([{}, {"prompt": "poison"}, {"prompt": "a cat"}], stumble)
    assert [(job.status, job.error_code) for job in jobs] == [
        ("succeeded", ""),
        ("failed", "internal_error"),
        ("succeeded", ""),
    ]
    assert [sizes(job) for job in jobs] == [[1], [], [1]]
