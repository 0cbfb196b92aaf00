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
from tests.support.simulated_devices import make_batches_pay

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


@pytest.fixture
def drawn(checkpoint, monkeypatch, no_worker):
    """Return a function that draws jobs of wishes in one claim, `refuse(parts)` being asked before every call."""
    plain = diffusion.generate

    make_batches_pay(checkpoint)

    def draw(requests, refuse, *, draining=False, before=lambda jobs: None):
        def generate(source, parts, **more):
            refuse(parts)
            return plain(source, parts, **more)

        monkeypatch.setattr(diffusion, "generate", generate)
        jobs = [
            make_job(make_user(f"person{n}"), checkpoint, steps=2, **requested) for n, requested in enumerate(requests)
        ]
        before(jobs)
        session = WorkerSession("w", LANES)
        session.draining = draining
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


def test_two_images_that_do_not_fit_together_are_generated_alone(drawn):
    def full(parts):
        if sum(len(part.indices) for part in parts) > 1:
            raise GenerationError("out_of_memory", "did not fit")

    jobs = drawn([{}, {}], full)
    assert [(job.status, sizes(job)) for job in jobs] == [("succeeded", [1])] * 2


def test_one_image_that_does_not_fit_fails_its_job_and_no_other(drawn):
    def full(parts):
        if any("large" in part.parameters.prompt for part in parts):
            raise GenerationError("out_of_memory", "did not fit")

    jobs = drawn([{}, {"prompt": "large"}, {}], full)
    assert [(job.status, job.error_code) for job in jobs] == [
        ("succeeded", ""),
        ("failed", "out_of_memory"),
        ("succeeded", ""),
    ]
    assert [sizes(job) for job in jobs] == [[1], [], [1]]


def test_a_shortage_of_another_kind_is_not_tried_again(drawn):
    calls = []

    def broken(parts):
        calls.append(len(parts))
        raise GenerationError("checkpoint_invalid", "no weights")

    jobs = drawn([{}, {}], broken)
    assert [(job.status, job.error_code) for job in jobs] == [("failed", "checkpoint_invalid")] * 2
    assert calls == [2]


@pytest.mark.parametrize(("draining", "expected"), [(False, ["succeeded"] * 2), (True, ["succeeded", "queued"])])
def test_a_worker_that_is_asked_to_stop_takes_no_companions(drawn, draining, expected):
    jobs = drawn([{}, {}], lambda parts: None, draining=draining)
    assert [job.status for job in jobs] == expected


def test_a_companion_with_a_broken_row_fails_alone(drawn):
    def break_second(jobs):
        Job.objects.filter(pk=jobs[1].pk).update(parameters={"version": 999})

    jobs = drawn([{}, {}, {}], lambda parts: None, before=break_second)
    assert [(job.status, job.error_code) for job in jobs] == [
        ("succeeded", ""),
        ("failed", "internal_error"),
        ("succeeded", ""),
    ]
    assert [sizes(job) for job in jobs] == [[2], [], [2]]


def test_a_companion_whose_adapter_is_at_fault_fails_alone(drawn):
    def refuse(parts):
        if len(parts) > 1 or "poison" in parts[0].parameters.prompt:
            raise GenerationError("adapter_invalid", "no embedding")

    jobs = drawn([{}, {"prompt": "poison"}], refuse)
    assert [(job.status, job.error_code) for job in jobs] == [("succeeded", ""), ("failed", "adapter_invalid")]


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
