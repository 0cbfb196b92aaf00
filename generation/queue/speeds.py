"""Speeds of checkpoints: learned from pipeline calls, read as curves for predictions and as rates for batch sizes.

What is known comes, in this order, from runs of the same checkpoint, speed mode, device model, size and batch size;
from its runs at other sizes and batch sizes, along a curve (`queue.speed_curve`) whose shape other checkpoints on the
same device model and the kind of the device suggest; and where nothing was measured, from what an older release
measured, or from another checkpoint of the same family and size. A mode that never ran is taken to be as fast as exact.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import geometric_mean

from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.models import Checkpoint, MeasuredSpeed
from generation.models.measured_speed import size_class
from generation.queue.batch_sizes import ALWAYS_TRIED, GAIN, SIZES, choose
from generation.queue.speed_curve import Sample, Shape, SpeedCurve

logger = logging.getLogger(__name__)

CPU = "cpu"
EXACT = "exact"
UNMEASURED_STEP_SECONDS = 1.0  # an evaluation of a megapixel, until the checkpoint was measured

# Steps: a CPU computes in proportion to the pixels from the smallest sizes on. An accelerator is busy with starting
# kernels up to about 0.74 megapixels: measured with Qwen-Image on an H200, where 4 images of 512x512 take 1.43 times
# as long as one, one of 1024x1024 takes 1.45 times as long, and two of 1024x1024 take 1.96 times as long as one.
STEP_SHAPES = {CPU: Shape(0.005, spread=1.5, q=1), "mps": Shape(0.1, spread=1.0, q=6)}
ACCELERATOR_STEPS = Shape(0.74, spread=1.0, q=6)
# Beside the steps, prompts take a fixed time and decoding takes one in proportion to the pixels, one after the other.
REST_SHAPES = {CPU: Shape(0.01, spread=1.5, q=1)}
ACCELERATOR_REST = Shape(0.25, spread=1.0, q=1)

LEAST_SECONDS = 1e-6  # no clock tells less
LIMIT_OF_FIRST = 4.0  # a first run at a size is taken to be off by at most this factor: it may have stalled
OCTAVES_KNOWN = 2.0  # sizes this far apart show the shape; other checkpoints are not asked then
NEIGHBOUR_SPREAD = 0.6
MOST_ROWS = 200
USUAL_EVALUATIONS = 20.0  # of a call, for the batch sizes that predictions count on
FRESH = timedelta(hours=1)  # device models measured within this time before the newest run count as present
ALIKE = 1.5  # checkpoints of one family whose weights differ by less than this factor are taken to be equally fast


@dataclass(frozen=True)
class Call:
    """A measured pipeline call of `images` images of one size.

    `step_seconds` is for one evaluation of the whole batch, `rest_seconds` is everything else of the call; None: that
    is not what a plain call takes. `is_first`: the first of its kind in its process, which may have prepared something.
    """

    hardware: str
    width: int
    height: int
    images: int
    step_seconds: float
    rest_seconds: float | None = None
    is_first: bool = False
    speed_mode: str = EXACT


@dataclass(frozen=True)
class Speeds:
    """What is known of one checkpoint on one device model; `weight` is this device model's part of its calls."""

    steps: SpeedCurve
    rest: SpeedCurve | None
    rows: tuple[MeasuredSpeed, ...]
    weight: float

    def best_batch(self, width: int, height: int, *, most: int) -> int:
        """Return the largest batch size that pays at this size or a larger one, as far as that was measured."""
        sizes = {row.size_class for row in self.rows if row.size_class >= size_class(width, height)}
        rates = ([row for row in self.rows if row.size_class == each] for each in sizes)
        return max((choose(_rates(rows, USUAL_EVALUATIONS), most=most, trying=False) for rows in rates), default=1)


def learn(checkpoint_id: int, calls: Iterable[Call]) -> None:
    """Add measured calls to the rows of a checkpoint together, but for calls without positive, finite seconds.

    Who sees one of them sees them all: `manage.py calibrate` waits for what its job measured.
    """
    measured = sorted(filter(_is_measured, calls), key=_kind)  # two workers lock rows in one order
    try:
        with transaction.atomic():
            for call in measured:
                _learn(checkpoint_id, call)
    except IntegrityError:  # the checkpoint was deleted, or another worker stored the first of these runs
        logger.info("%d measured calls of checkpoint %d are not learned from", len(measured), checkpoint_id)


def _is_measured(call: Call) -> bool:
    seconds = (call.step_seconds, call.rest_seconds or 0.0)
    return call.step_seconds > 0 and call.images >= 1 and all(map(math.isfinite, seconds))


def _kind(call: Call) -> tuple[str, str, float, int]:
    return call.hardware, call.speed_mode, size_class(call.width, call.height), call.images


def _learn(checkpoint_id: int, call: Call) -> None:
    mode = {"hardware": call.hardware, "speed_mode": call.speed_mode}
    rows = MeasuredSpeed.objects.filter(checkpoint_id=checkpoint_id, **mode)
    kind = {"size_class": size_class(call.width, call.height), "images": call.images}
    row = rows.select_for_update().filter(**kind).first()  # this one alone: two workers must not wait for each other
    if row is None:
        row = MeasuredSpeed(checkpoint_id=checkpoint_id, **mode, **kind)
        call = _limited(call, list(rows.order_by("-measured_at")[:MOST_ROWS]))
    elif row.runs == 0:  # a run that is much faster than the first of its kind is believed
        call = _limited(call, list(rows.order_by("-measured_at")[:MOST_ROWS]), least=0.0)
    elif call.is_first:
        return
    latest = row.latest if row.runs or call.is_first else []  # a first run counts until there is a better one
    row.keep([*latest, (call.step_seconds, call.rest_seconds)])
    row.runs += not call.is_first
    row.width, row.height, row.measured_at = call.width, call.height, timezone.now()
    row.save()


def _limited(call: Call, rows: Sequence[MeasuredSpeed], *, least: float = 1 / LIMIT_OF_FIRST) -> Call:
    """Return a call of which little is known, `least` to LIMIT_OF_FIRST times as long as `rows` suggest."""
    if not rows:
        return call
    megapixels = call.width * call.height / 1e6
    steps, rest = _curves(rows, call.hardware, STEP_SHAPES.get(call.hardware, ACCELERATOR_STEPS))
    step_seconds = _within(call.step_seconds, steps.seconds(megapixels, call.images), least)
    if rest is None or call.rest_seconds is None:
        return replace(call, step_seconds=step_seconds)
    rest_seconds = _within(call.rest_seconds, rest.seconds(megapixels, call.images), least)
    return replace(call, step_seconds=step_seconds, rest_seconds=rest_seconds)


def _within(seconds: float, expected: float, least: float) -> float:
    return min(max(seconds, expected * least), expected * LIMIT_OF_FIRST)


def forget(checkpoint: Checkpoint) -> None:
    """Delete what was measured of a checkpoint, because its weights or how they are kept changed; saves nothing."""
    checkpoint.step_seconds = checkpoint.image_seconds = 0.0
    MeasuredSpeed.objects.filter(checkpoint_id=checkpoint.pk).delete()


def rates_of(
    checkpoint_id: int, hardware: str, *, width: int, height: int, evaluations: float, speed_mode: str = EXACT
) -> dict[int, float]:
    """Return the measured images a second of calls of `evaluations` evaluations at this size, by batch size."""
    rows = MeasuredSpeed.objects.filter(checkpoint_id=checkpoint_id, hardware=hardware, speed_mode=speed_mode)
    rows = rows.of_size(width, height)
    return _rates(rows, evaluations)


def expected_batch(
    checkpoint_id: int, hardware: str, *, width: int, height: int, most: int, speed_mode: str = EXACT
) -> int:
    """Return the batch size to begin with at a size that never ran: the largest that the curve says pays; then 1.

    Args:
        checkpoint_id: key of the checkpoint's row.
        hardware: model of the device.
        width: of an image in pixels.
        height: of an image in pixels.
        most: what memory and the site's settings allow, 1 or more; more than ALWAYS_TRIED is never guessed.
        speed_mode: of the job.
    """
    known = MeasuredSpeed.objects.filter(checkpoint_id=checkpoint_id, hardware=hardware, speed_mode=speed_mode)
    rows = list(known[:MOST_ROWS])
    if any(row.size_class == size_class(width, height) for row in rows):
        return 1
    # Only ratios count, so any level does where nothing was measured.
    samples = _samples(rows, "step_seconds") or [Sample(1.0, 1, 1.0, 1.0)]
    curve, megapixels = SpeedCurve(samples, _step_shape(rows, hardware)), width * height / 1e6
    rates = {size: size / curve.seconds(megapixels, size) for size in (1, *SIZES) if size <= min(most, ALWAYS_TRIED)}
    return max(size for size, rate in rates.items() if size == 1 or rate >= GAIN * rates[1])


def _rates(rows: Iterable[MeasuredSpeed], evaluations: float) -> dict[int, float]:
    return {row.images: row.images_per_second(evaluations) for row in rows if row.runs}


def speeds_of(checkpoint: Checkpoint, speed_mode: str = EXACT) -> list[Speeds]:
    """Return what is known of a checkpoint in a speed mode on each device model that generates here, at least one."""
    known = MeasuredSpeed.objects.filter(checkpoint_id=checkpoint.pk, speed_mode=speed_mode)
    rows = list(known.order_by("-measured_at")[:MOST_ROWS])
    if not rows and speed_mode != EXACT:
        return speeds_of(checkpoint)
    if not rows and not checkpoint.step_seconds:
        rows = _rows_of_one_alike(checkpoint)
    if not rows:
        return [_unmeasured(checkpoint)]
    by_hardware: dict[str, list[MeasuredSpeed]] = {}
    for row in rows:
        if row.measured_at >= rows[0].measured_at - FRESH or row.hardware in by_hardware:
            by_hardware.setdefault(row.hardware, []).append(row)
    runs = {hardware: sum(max(1, row.runs) for row in own) for hardware, own in by_hardware.items()}
    found = []
    for hardware, own in by_hardware.items():
        steps, rest = _curves(own, hardware, _step_shape(own, hardware))
        found.append(Speeds(steps, rest, tuple(own), runs[hardware] / sum(runs.values())))
    return found


def _curves(rows: Sequence[MeasuredSpeed], hardware: str, shape: Shape) -> tuple[SpeedCurve, SpeedCurve | None]:
    """Return the curves of the steps and of the rest; the latter is None if that was not measured."""
    rests = [row for row in rows if row.rest_seconds is not None]
    rest = SpeedCurve(_samples(rests, "rest_seconds"), REST_SHAPES.get(hardware, ACCELERATOR_REST)) if rests else None
    return SpeedCurve(_samples(rows, "step_seconds"), shape), rest


def _samples(rows: Iterable[MeasuredSpeed], part: str) -> list[Sample]:
    found = []
    for row in sorted(rows, key=lambda row: (row.size_class, row.images)):
        weight = row.runs / (row.runs + 1) if row.runs else 0.1
        seconds = max(LEAST_SECONDS, getattr(row, part))
        found.append(Sample(row.megapixels * row.images, row.images, seconds, weight))
    return found


def _rows_of_one_alike(checkpoint: Checkpoint) -> list[MeasuredSpeed]:
    """Return the rows of the checkpoint measured last whose weights have the same family and nearly the same size."""
    size = checkpoint.size_bytes
    alike = MeasuredSpeed.objects.filter(
        checkpoint__family=checkpoint.family,
        checkpoint__size_bytes__range=(size / ALIKE, size * ALIKE),
        speed_mode=EXACT,
    )
    newest = alike.order_by("-measured_at").values_list("checkpoint", flat=True).first() if size else None
    rows = MeasuredSpeed.objects.filter(checkpoint=newest, speed_mode=EXACT).order_by("-measured_at")
    return list(rows[:MOST_ROWS]) if newest else []


def _unmeasured(checkpoint: Checkpoint) -> Speeds:
    """Return the expectation of a checkpoint that no job has measured on any device."""
    newest = MeasuredSpeed.objects.order_by("-measured_at").values_list("hardware", flat=True).first()
    hardware = newest or CPU
    native = max(1, checkpoint.width * checkpoint.height) / 1e6
    step = (checkpoint.step_seconds or UNMEASURED_STEP_SECONDS) * native
    steps = SpeedCurve([Sample(native, 1, max(LEAST_SECONDS, step), 1.0)], _step_shape((), hardware))
    rest = None
    if checkpoint.image_seconds > 0:
        shape = REST_SHAPES.get(hardware, ACCELERATOR_REST)
        rest = SpeedCurve([Sample(native, 1, max(LEAST_SECONDS, checkpoint.image_seconds), 1.0)], shape)
    return Speeds(steps, rest, (), 1.0)


def _step_shape(rows: Sequence[MeasuredSpeed], hardware: str) -> Shape:
    """Return the expected shape of the curve of steps: that of other checkpoints there, where `rows` do not show it."""
    shape = STEP_SHAPES.get(hardware, ACCELERATOR_STEPS)
    if _octaves(rows) >= OCTAVES_KNOWN:
        return shape
    own = {row.checkpoint_id for row in rows}
    others = MeasuredSpeed.objects.filter(hardware=hardware, speed_mode=EXACT).exclude(checkpoint_id__in=own)
    by_checkpoint: dict[int, list[MeasuredSpeed]] = {}
    for row in others.order_by("-measured_at")[:MOST_ROWS]:
        by_checkpoint.setdefault(row.checkpoint_id, []).append(row)
    known = [_samples(each, "step_seconds") for each in by_checkpoint.values() if _octaves(each) >= OCTAVES_KNOWN]
    if not known:
        return shape
    knees = [shape.knee, *(SpeedCurve(samples, shape).knee for samples in known)]
    return replace(shape, knee=geometric_mean(knees), spread=NEIGHBOUR_SPREAD)


def _octaves(rows: Sequence[MeasuredSpeed]) -> float:
    """Return how many doublings of the pixels of a batch lie between the smallest and the largest of `rows`."""
    sizes = [row.megapixels * row.images for row in rows]
    return math.log2(max(sizes) / min(sizes)) if sizes else 0.0
