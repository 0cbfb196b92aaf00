"""Costs of jobs are predicted from measured speeds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Checkpoint, Job
from generation.parameters.schema import ResolvedParameters
from generation.queue import costs, speeds
from tests.support.factories import make_image, make_job
from tests.support.simulated_devices import DEVICES, H200, LINEAR, SIZES

PARAMETERS = {"prompt": "a", "checkpoint": "starter", "width": 1000, "height": 1000, "steps": 10, "seed": 1, "count": 2}
PARAMETERS |= {"guidance_scale": 4, "sampler": "ddim", "schedule": "normal", "eta": 0, "upscaler": "lanczos"}
HIRES = {"hires": {"scale": 2, "steps": 5, "strength": 0.4}}


def resolved(**fields):
    return ResolvedParameters(**{**PARAMETERS, **fields})


def square(side, **fields):
    return resolved(width=side, height=side, **{"steps": 20, "count": 1, **fields})


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({}, ((1000, 1000, 10),)),
        ({"task": "image_to_image", "init_image": "image:x", "strength": 0.5}, ((1000, 1000, 5),)),
        ({"task": "image_to_image", "init_image": "image:x", "strength": 0.01}, ((1000, 1000, 1),)),
        ({"task": "upscale", "init_image": "image:x"}, ()),
        ({"sampler": "heun"}, ((1000, 1000, 20),)),
        (HIRES, ((1000, 1000, 10), (2000, 2000, 2))),
        ({"hires": {"scale": 3, "strength": 0.5}}, ((1000, 1000, 10), (3000, 3000, 5))),
        ({"hires": {"scale": 2, "steps": 1, "strength": 0.1}}, ((1000, 1000, 10), (2000, 2000, 1))),
        ({"speed_mode": "small"}, ((1000, 1000, 10),)),
        ({"speed_mode": "draft"}, ((1000, 1000, 5),)),
    ],
)
def test_the_work_of_an_image_is_its_evaluations_at_each_size(fields, passes):
    assert costs.work_of(resolved(**fields), "sd").passes == passes


@pytest.mark.parametrize("ran", SIZES)
@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_ten_jobs_at_one_size_predict_every_other_within_a_quarter(checkpoint, device, ran):
    speeds.learn(checkpoint.pk, [device.call(ran, slow=slow) for slow in (1.3, *[1.0, 1.04, 0.97] * 3)])
    for side in SIZES:
        predicted = costs.predict_seconds(square(side), checkpoint)
        assert predicted == pytest.approx(device.seconds(side), rel=0.25), side


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_two_sizes_predict_the_others_though_nothing_is_known_of_the_device(checkpoint, device):
    """A card of an unknown name: the kind of the device suggests the shape of the H200, and is wrong for the other."""
    unknown = replace(device, hardware="A new card")
    for side in (256, 1024):
        speeds.learn(checkpoint.pk, [unknown.call(side)] * 5)
    for side in SIZES:
        assert costs.predict_seconds(square(side), checkpoint) == pytest.approx(unknown.seconds(side), rel=0.25), side


def test_batches_that_pay_are_counted_on(checkpoint):
    speeds.learn(checkpoint.pk, [H200.call(512, images) for images in (1, 2, 4, 8) for _ in range(2)])
    four = costs.predict_seconds(square(512, count=4), checkpoint)
    assert four == pytest.approx(H200.seconds(512, 4), rel=0.05)
    assert costs.predict_seconds(square(512, count=5), checkpoint) == pytest.approx(four + H200.seconds(512), rel=0.05)
    for alone in ({"batch_size": 1}, {"reproducible": "strict"}):
        predicted = costs.predict_seconds(square(512, count=4, **alone), checkpoint)
        assert predicted == pytest.approx(4 * H200.seconds(512), rel=0.05)


def test_a_hires_pass_costs_as_much_as_steps_of_its_size(checkpoint):
    speeds.learn(checkpoint.pk, [LINEAR.call(side) for side in (1000, 2000) for _ in range(2)])
    predicted = costs.predict_seconds(resolved(count=1, **HIRES), checkpoint)
    assert predicted == pytest.approx(10 * LINEAR.step(1000) + 2 * LINEAR.step(2000) + LINEAR.rest(2000), rel=0.01)


def test_before_anything_was_measured_a_step_of_a_megapixel_is_a_second_or_what_an_older_release_measured(checkpoint):
    native = square(128, steps=10, count=2)
    assert costs.predict_seconds(native, checkpoint) == pytest.approx(20 * 0.016384)
    checkpoint.step_seconds, checkpoint.image_seconds = 0.5, 3.0
    assert costs.predict_seconds(native, checkpoint) == pytest.approx(20 * 0.016384 * 0.5 + 2 * 3)
    speeds.learn(checkpoint.pk, [LINEAR.call(128)])
    assert costs.predict_seconds(native, checkpoint) == pytest.approx(2 * LINEAR.seconds(128, steps=10))


histories = st.lists(
    st.builds(
        lambda side, images, step, rest: speeds.Call("NVIDIA H200", side, side, images, step, rest),
        st.sampled_from((128, 256, 512, 1024, 2048)),
        st.sampled_from((1, 2, 3, 4, 8)),
        st.floats(1e-3, 100),
        st.none() | st.floats(0, 100),
    ),
    max_size=8,
)


@pytest.mark.django_db
@given(histories, st.lists(st.sampled_from(range(64, 2049, 64)), min_size=2, max_size=2), st.integers(1, 9), st.data())
def test_more_pixels_steps_or_images_are_never_predicted_to_cost_less(history, sides, count, data):
    checkpoint, _ = Checkpoint.objects.get_or_create(slug="any", defaults={"width": 512, "height": 512})
    speeds.forget(checkpoint)
    speeds.learn(checkpoint.pk, history)
    small, large = sorted(sides)
    more, steps = data.draw(st.integers(count, 12)), data.draw(st.integers(1, 40))
    cost = costs.predict_seconds(square(small, count=count, steps=steps), checkpoint)
    assert 0 < cost < float("inf")
    larger = (square(large, count=count, steps=steps), square(small, count=more, steps=steps))
    for each in (*larger, square(small, count=count, steps=steps + 1)):
        assert costs.predict_seconds(each, checkpoint) >= cost * (1 - 1e-9)


def test_runs_of_next_to_no_time_are_no_division_by_zero(checkpoint):
    for tiny in (5e-324, 1e-300, 1e-12):
        calls = [speeds.Call("gpu", side, side, images, tiny, tiny) for side in (64, 1024) for images in (1, 2)]
        speeds.learn(checkpoint.pk, [*calls, speeds.Call("gpu", 256, 256, 1, 1.0, 0.0)])
    checkpoint.step_seconds = checkpoint.image_seconds = 5e-324
    assert 0 < costs.predict_seconds(square(2048, count=9), checkpoint) < float("inf")
    speeds.MeasuredSpeed.objects.all().delete()
    assert 0 < costs.predict_seconds(square(2048, count=9), checkpoint) < float("inf")


class TestMeasuredCall:
    """What a pipeline call tells about its checkpoint."""

    def measured(self, is_first=False, **fields):
        seconds = {"denoise": 4.0, "whole": 5.0}
        return costs.measured_call(
            resolved(**fields), family="sd", hardware="gpu", images=2, **seconds, is_first=is_first
        )

    def test_a_plain_call_tells_the_seconds_of_its_evaluations_and_of_the_rest(self):
        assert self.measured() == speeds.Call("gpu", 1000, 1000, 2, 0.4, 1.0, False)
        assert self.measured(sampler="heun").step_seconds == 0.2
        assert self.measured(is_first=True) == speeds.Call("gpu", 1000, 1000, 2, 0.4, 1.0, True)

    def test_a_call_with_upscaling_tells_only_of_its_steps(self):
        assert self.measured(upscale_by=2).rest_seconds is None

    @pytest.mark.parametrize(
        "fields",
        [HIRES, {"refiner": {"checkpoint": "b", "start": 0.8}}, {"task": "upscale", "init_image": "image:x"}],
    )
    def test_a_call_of_several_sizes_or_models_tells_nothing(self, fields):
        assert self.measured(**fields) is None


class TestUpscaling:
    """Seconds of an image beside its steps, learned when a job with upscaling succeeds."""

    @pytest.fixture
    def run(self, alice, checkpoint):
        """Return a function that ends a job of two images, which used `beyond` seconds more than its steps."""
        speeds.learn(checkpoint.pk, [replace(LINEAR.call(128), rest_seconds=None)] * 2)

        def run(to="succeeded", beyond=10.0, upscale_by=2, **fields):
            make_job(alice, checkpoint, count=2, steps=10, upscale_by=upscale_by)
            job = claim(worker="w", lanes=("interactive",))
            Job.objects.filter(pk=job.pk).update(**fields)
            steps = 2 * 10 * LINEAR.step(128)
            assert move(job.pk, to, used_seconds=fields.get("used_seconds", steps + beyond))
            return Checkpoint.objects.get().image_seconds

        return run

    def test_a_succeeded_job_moves_the_average_of_each_image(self, run, checkpoint):
        assert run() == pytest.approx(5 * 0.2)
        assert run() == pytest.approx(5 * 0.2 * 0.8 + 5 * 0.2)
        checkpoint.refresh_from_db()
        plain, larger = (costs.predict_seconds(square(128, upscale_by=by), checkpoint) for by in (1, 2))
        assert larger == pytest.approx(plain + checkpoint.image_seconds)

    def test_a_job_of_the_task_upscale_moves_it_whatever_its_factor(self, alice, checkpoint):
        """A network of factor 1 cleans an image in its size."""
        init = f"image:{make_image(alice).pk}"
        make_job(alice, checkpoint, task="upscale", prompt="", init_image=init, upscaler="lanczos", upscale_by=1)
        job = claim(worker="w", lanes=("interactive",))
        assert move(job.pk, "succeeded", used_seconds=10.0)
        assert Checkpoint.objects.get().image_seconds == pytest.approx(10 * 0.2)

    def test_it_never_becomes_negative(self, run):
        run()
        assert run(beyond=-3.0) == pytest.approx(5 * 0.2 * 0.8 - 1.5 * 0.2)
        assert run(beyond=-30.0) == 0

    @pytest.mark.parametrize(
        ("to", "fields"),
        [
            ("failed", {}),
            ("cancelled", {}),
            ("succeeded", {"attempt": 2}),
            ("succeeded", {"dropped": [1]}),
            ("succeeded", {"used_seconds": 0}),
            ("succeeded", {"upscale_by": 1}),
        ],
    )
    def test_nothing_is_learned_from_a_part_of_a_job_or_without_upscaling(self, run, to, fields):
        assert run(to, **fields) == 0

    def test_a_job_whose_checkpoint_is_gone_ends_too(self, run):
        assert run(checkpoint=None) == 0


def test_each_speed_mode_is_predicted_by_its_own_speeds(checkpoint):
    speeds.learn(checkpoint.pk, [H200.call(512) for _ in range(3)])
    exact = costs.predict_seconds(square(512), checkpoint)
    small = square(512, speed_mode="small")
    assert costs.predict_seconds(small, checkpoint) == exact  # until it was measured
    slow = [replace(H200.call(512, slow=3.0), speed_mode="small") for _ in range(3)]
    speeds.learn(checkpoint.pk, slow)
    assert costs.predict_seconds(small, checkpoint) == pytest.approx(3 * exact, rel=0.1)
    assert costs.predict_seconds(square(512), checkpoint) == exact
    both = square(512, grid={"axes": [{"field": "speed_mode", "values": ["exact", "small"]}]})
    assert costs.predict_seconds(both, checkpoint) == pytest.approx(4 * exact, rel=0.1)
