"""Costs of jobs are learned from what was measured."""

import pytest

from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Checkpoint, Job
from generation.parameters.schema import ResolvedParameters
from generation.queue import costs
from tests.support.factories import make_job

PARAMETERS = {"prompt": "a", "checkpoint": "starter", "width": 1000, "height": 1000, "steps": 10, "seed": 1, "count": 2}
PARAMETERS |= {"guidance_scale": 4, "sampler": "ddim", "schedule": "normal", "eta": 0, "upscaler": "lanczos"}


def units(**fields):
    return costs.work_units(ResolvedParameters(**{**PARAMETERS, **fields}))


def test_costs_are_learned_from_measurements(checkpoint):
    costs.learn_step_seconds(checkpoint.pk, seconds=0.5, units=0.25)
    checkpoint.refresh_from_db()
    assert checkpoint.step_seconds == 2.0
    costs.learn_step_seconds(checkpoint.pk, seconds=8.0, units=2.0)
    checkpoint.refresh_from_db()
    assert checkpoint.step_seconds == pytest.approx(2.0 * 0.8 + 4.0 * 0.2)


@pytest.mark.parametrize(("seconds", "units"), [(0.0, 2.0), (-1.0, 2.0), (4.0, 0.0)])
def test_nothing_is_learned_from_no_measurement(checkpoint, seconds, units):
    costs.learn_step_seconds(checkpoint.pk, seconds=seconds, units=units)
    checkpoint.refresh_from_db()
    assert checkpoint.step_seconds == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 20),
        ({"height": 504}, 2 * 10 * 0.504),
        ({"task": "image_to_image", "init_image": "image:x", "strength": 0.5}, 10),
        ({"task": "image_to_image", "init_image": "image:x", "strength": 0.01}, 2),
        ({"task": "upscale", "init_image": "image:x"}, 0),
        ({"hires": {"scale": 2, "steps": 5, "strength": 0.4}}, 2 * (10 + 4 * 2)),
        ({"hires": {"scale": 3, "strength": 0.5}}, 2 * (10 + 9 * 5)),
        ({"hires": {"scale": 2, "steps": 1, "strength": 0.1}}, 2 * (10 + 4 * 1)),
    ],
)
def test_the_work_of_a_job_is_megapixel_steps(fields, expected):
    assert units(**fields) == pytest.approx(expected, rel=1e-9)


def test_a_prediction_counts_steps_and_what_each_image_takes_beside_them(checkpoint):
    resolved = ResolvedParameters(**PARAMETERS)
    assert costs.predict_seconds(resolved, checkpoint) == pytest.approx(20 * costs.UNMEASURED_STEP_SECONDS)
    checkpoint.step_seconds, checkpoint.image_seconds = 0.5, 3.0
    assert costs.predict_seconds(resolved, checkpoint) == pytest.approx(20 * 0.5 + 2 * 3)


class TestOverhead:
    """Seconds of an image beside its steps, learned when a job succeeds."""

    @pytest.fixture
    def run(self, alice, checkpoint):
        """Return a function that ends a job of two images, which used `beyond` seconds more than its steps."""
        Checkpoint.objects.update(step_seconds=10.0)

        def run(to="succeeded", beyond=10.0, **fields):
            make_job(alice, checkpoint, count=2)
            job = claim(worker="w", lanes=("interactive",))
            Job.objects.filter(pk=job.pk).update(**fields)
            steps = costs.work_units(job.resolved()) * 10.0
            assert move(job.pk, to, used_seconds=fields.get("used_seconds", steps + beyond))
            return Checkpoint.objects.get().image_seconds

        return run

    def test_a_succeeded_job_moves_the_average_of_each_image(self, run):
        assert run() == pytest.approx(5 * 0.2)
        assert run() == pytest.approx(5 * 0.2 * 0.8 + 5 * 0.2)

    def test_it_never_becomes_negative(self, run):
        run()
        assert run(beyond=-6.0) == pytest.approx(5 * 0.2 * 0.8 - 3 * 0.2)
        assert run(beyond=-60.0) == 0

    @pytest.mark.parametrize(
        ("to", "fields"),
        [
            ("failed", {}),
            ("cancelled", {}),
            ("succeeded", {"attempt": 2}),
            ("succeeded", {"dropped": [1]}),
            ("succeeded", {"used_seconds": 0}),
        ],
    )
    def test_nothing_is_learned_from_a_part_of_a_job(self, run, to, fields):
        assert run(to, **fields) == 0

    def test_nothing_is_learned_before_steps_were_measured(self, run):
        Checkpoint.objects.update(step_seconds=0)
        assert run() == 0

    def test_a_job_whose_checkpoint_is_gone_ends_too(self, run):
        assert run(checkpoint=None) == 0
