"""Speeds are learned by checkpoint, device model, size and batch size, and stalls change little."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import MeasuredSpeed
from generation.models.measured_speed import size_class
from generation.queue import speeds
from tests.support.factories import make_checkpoint
from tests.support.simulated_devices import H200, LINEAR, SIZES, Device

CALL = speeds.Call("gpu", 512, 512, 2, step_seconds=1.0, rest_seconds=0.5)


def learn(checkpoint, *step_seconds, **fields):
    for each in step_seconds:
        speeds.learn(checkpoint.pk, [speeds.Call(**{**CALL.__dict__, "step_seconds": each, **fields})])
    return MeasuredSpeed.objects.order_by("-measured_at").first()


def test_a_run_is_kept_by_size_and_batch_size(checkpoint):
    row = learn(checkpoint, 1.0)
    kept = (row.checkpoint, row.hardware, row.width, row.height, row.images, row.step_seconds, row.rest_seconds)
    assert kept == (checkpoint, "gpu", 512, 512, 2, 1.0, 0.5)
    assert (row.runs, row.size_class) == (1, size_class(512, 512))
    learn(checkpoint, 1.0, images=1)
    learn(checkpoint, 1.0, width=1024)
    learn(checkpoint, 1.0, width=520, height=504)  # the same class
    assert MeasuredSpeed.objects.count() == 3


def test_the_median_of_the_latest_runs_counts(checkpoint):
    assert learn(checkpoint, 1.0, 100.0).step_seconds == 1.0
    assert learn(checkpoint, 1.1, 0.9, 1.0).step_seconds == 1.0
    row = learn(checkpoint, 2.0, 2.0, 2.0)
    assert (row.step_seconds, row.runs, len(row.latest)) == (2.0, 8, MeasuredSpeed.KEPT)


@pytest.mark.parametrize(
    "wrong", [{"step_seconds": 0.0}, {"step_seconds": -1.0}, {"step_seconds": float("nan")}, {"images": 0}]
)
def test_nothing_is_learned_from_no_measurement(checkpoint, wrong):
    speeds.learn(checkpoint.pk, [speeds.Call(**{**CALL.__dict__, **wrong})])
    assert not MeasuredSpeed.objects.exists()


def test_a_first_run_counts_until_there_is_another(checkpoint):
    row = learn(checkpoint, 9.0, is_first=True)
    assert (row.step_seconds, row.runs) == (9.0, 0)
    assert speeds.rates_of(checkpoint.pk, "gpu", width=512, height=512, evaluations=20) == {}
    row = learn(checkpoint, 1.0)
    assert (row.step_seconds, row.runs) == (1.0, 1)
    row = learn(checkpoint, 9.0, is_first=True)
    assert (row.step_seconds, row.runs) == (1.0, 1)
    assert speeds.rates_of(checkpoint.pk, "gpu", width=512, height=512, evaluations=20) == {2: 2 / 20.5}


def test_a_stall_right_after_a_first_run_is_bounded_too(checkpoint):
    learn(checkpoint, 1.0, is_first=True)
    assert learn(checkpoint, 100.0).step_seconds == pytest.approx(speeds.LIMIT_OF_FIRST)
    assert learn(checkpoint, 0.9).step_seconds == pytest.approx(0.9)


def test_a_call_without_what_a_plain_one_takes_beside_its_steps_leaves_that_open(checkpoint):
    assert learn(checkpoint, 1.0, rest_seconds=None).rest_seconds is None
    assert learn(checkpoint, 1.0, rest_seconds=0.25).rest_seconds == 0.25
    assert learn(checkpoint, 1.0, rest_seconds=None).rest_seconds == 0.25


@pytest.mark.parametrize("stall", [100.0, 0.01])
@pytest.mark.parametrize("side", SIZES)
def test_one_stalled_run_moves_a_prediction_by_a_bounded_factor(checkpoint, stall, side):
    for _ in range(3):
        speeds.learn(checkpoint.pk, [H200.call(512)])
    [before] = speeds.speeds_of(checkpoint)
    speeds.learn(checkpoint.pk, [H200.call(side, slow=stall)])
    [after] = speeds.speeds_of(checkpoint)
    for each in SIZES:
        ratio = after.steps.seconds(each**2 / 1e6, 1) / before.steps.seconds(each**2 / 1e6, 1)
        assert ratio * 1.001 >= 1 / speeds.LIMIT_OF_FIRST
        assert ratio <= speeds.LIMIT_OF_FIRST * 1.001


def test_other_checkpoints_show_the_shape_of_their_device(checkpoint):
    """A device whose knee is far from what its kind suggests, shown by another checkpoint at two sizes."""
    odd = Device("odd card", floor=0.1, knee=0.1)
    other = make_checkpoint("other")
    for _ in range(3):
        speeds.learn(checkpoint.pk, [odd.call(256)])
    alone = speeds.speeds_of(checkpoint)[0].steps.seconds(1024**2 / 1e6, 1)
    for side in (256, 1024):
        speeds.learn(other.pk, [odd.call(side), odd.call(side)])
    informed = speeds.speeds_of(checkpoint)[0].steps.seconds(1024**2 / 1e6, 1)
    assert alone < informed < odd.step(1024) * 1.25


def test_two_device_models_weigh_by_their_runs(checkpoint):
    speeds.learn(checkpoint.pk, [H200.call(512)] * 3)
    speeds.learn(checkpoint.pk, [LINEAR.call(512)])
    assert {each.rows[0].hardware: each.weight for each in speeds.speeds_of(checkpoint)} == {
        "NVIDIA H200": 0.75,
        "cpu": 0.25,
    }
    MeasuredSpeed.objects.filter(hardware="cpu").update(measured_at=timezone.now() - timedelta(hours=2))
    assert [each.weight for each in speeds.speeds_of(checkpoint)] == [1.0]


def test_a_device_that_generates_no_more_counts_no_more(checkpoint):
    """The site moved from a CPU to a GPU some hours ago; at the first run there, the CPU's many runs are history."""
    speeds.learn(checkpoint.pk, [LINEAR.call(512)] * 9)
    MeasuredSpeed.objects.update(measured_at=timezone.now() - timedelta(hours=2))
    assert [each.rows[0].hardware for each in speeds.speeds_of(checkpoint)] == ["cpu"]
    speeds.learn(checkpoint.pk, [H200.call(512)])
    assert [each.rows[0].hardware for each in speeds.speeds_of(checkpoint)] == ["NVIDIA H200"]


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"size_bytes": 7_000}, True),
        ({"size_bytes": 2_000}, False),
        ({"size_bytes": 0}, False),
        ({"size_bytes": 7_000, "family": "sdxl"}, False),
        ({"size_bytes": 7_000, "step_seconds": 3.0}, False),
    ],
)
def test_another_checkpoint_of_the_family_and_size_tells_what_a_new_one_takes(checkpoint, fields, known):
    measured = make_checkpoint("measured", size_bytes=6_500)
    speeds.learn(measured.pk, [H200.call(512)] * 2)
    [new] = speeds.speeds_of(make_checkpoint("new", **fields))
    assert (new.steps.seconds(512 * 512 / 1e6, 1) == pytest.approx(H200.step(512), rel=0.01)) is known


def test_speeds_are_forgotten_with_the_weights(checkpoint):
    learn(checkpoint, 1.0)
    checkpoint.step_seconds = 3.0
    speeds.forget(checkpoint)
    assert (checkpoint.step_seconds, MeasuredSpeed.objects.count()) == (0.0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_that_is_gone_is_no_error(checkpoint):
    pk = checkpoint.pk
    checkpoint.delete()
    speeds.learn(pk, [CALL])
    assert not MeasuredSpeed.objects.exists()


def test_the_calls_of_a_job_become_visible_together(checkpoint, monkeypatch):
    save, seen = MeasuredSpeed.save, []

    def save_and_break(row, *args, **more):
        save(row, *args, **more)
        seen.append(row.runs)
        if len(seen) == 2:
            raise ConnectionError

    monkeypatch.setattr(MeasuredSpeed, "save", save_and_break)
    with pytest.raises(ConnectionError):
        speeds.learn(checkpoint.pk, [replace(CALL, is_first=True), CALL])
    assert seen == [0, 1]
    assert not MeasuredSpeed.objects.exists()
