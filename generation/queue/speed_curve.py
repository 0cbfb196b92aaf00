"""Seconds of a pipeline call as a function of its megapixels, fitted to few measurements.

A device spends a fixed time on each evaluation of a denoiser (starting kernels, reading weights) and a time that grows
with the pixels of the batch. On an accelerator the two overlap, because the host starts kernels while the device
computes, so the longer one counts; on a CPU they add up. Both are one formula, of x megapixels in the whole batch:

    seconds(x) = level * (knee^q + x^q)^(1/q)

with q = 1 for a sum and a large q for (nearly) the longer of the two, as in the roofline model (Williams, Waterman and
Patterson 2009). `knee` is where both are equal: below it more pixels cost little, above it they cost in proportion.
Knee and level are the maximum a posteriori estimate under a log-normal prior of the knee. What was measured directly
then moves the curve at its size, and the curve fills in between.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

NOISE = 0.1  # standard deviation of a measurement, of its logarithm: timing, and what the formula leaves out
GRID_STEPS = 8  # knees tried for each standard deviation of the prior
GRID_WIDTH = 3  # standard deviations of the prior that are tried on both sides
OTHER_BATCH = 0.1  # weight, beside 1, of what was measured with another batch size
TRUST_CURVE = 0.1  # weight of the formula beside measurements of a size
BINS_PER_OCTAVE = 4  # measurements that differ by less in their pixels are averaged
LEAST = 1e-9


@dataclass(frozen=True)
class Shape:
    """What is expected of a curve: its knee in megapixels, by which factor e^spread that may be off, and q."""

    knee: float
    spread: float
    q: float

    def of(self, megapixels: float, knee: float) -> float:
        """Return the formula above with a level of 1."""
        larger, smaller = max(knee, megapixels, LEAST), min(knee, megapixels)
        return larger * (1 + (smaller / larger) ** self.q) ** (1 / self.q)


@dataclass(frozen=True)
class Sample:
    """A measurement: seconds of a call of `images` images of together `megapixels`, weighing up to 1."""

    megapixels: float
    images: int
    seconds: float
    weight: float


@dataclass(frozen=True)
class _Anchor:
    """A point of the curve, in logarithms."""

    megapixels: float
    seconds: float
    weight: float


class SpeedCurve:
    """Curve through samples; never falling with the pixels or the images, and positive wherever it is asked."""

    def __init__(self, samples: Sequence[Sample], shape: Shape) -> None:
        """Fit the curve to `samples`, at least one, each of positive seconds."""
        self.samples = tuple(samples)
        self.shape = shape
        self.knee, self._log_level = _fit(self.samples, shape)
        self._anchors: dict[int | None, list[_Anchor]] = {}

    @cached_property
    def _batches(self) -> list[int]:
        return sorted({sample.images for sample in self.samples})

    def seconds(self, megapixels: float, images: int) -> float:
        """Return the seconds for `images` images of `megapixels` each, both positive."""
        smaller = [size for size in self._batches if size <= images]
        if smaller and smaller[-1] == images:
            return math.exp(self._at_least(megapixels, smaller))
        # Batches of this size were not measured: between those of the sizes around it.
        here = self._log_seconds(megapixels * images, None)
        if len(smaller) < len(self._batches):
            here = min(here, self._at_least(megapixels, self._batches[: len(smaller) + 1]))
        return math.exp(max(here, self._at_least(megapixels, smaller)) if smaller else here)

    def _at_least(self, megapixels: float, sizes: Sequence[int]) -> float:
        """Return the most of batches of `sizes`: a smaller one never takes longer, though measurements may say so."""
        return max(self._log_seconds(megapixels * size, size) for size in sizes)

    def _log_formula(self, megapixels: float) -> float:
        return self._log_level + math.log(self.shape.of(megapixels, self.knee))

    def _log_seconds(self, megapixels: float, images: int | None) -> float:
        """Interpolate between the anchors along the formula, which keeps its bend between two distant ones."""
        anchors = self._get_anchors(images)
        here, x = self._log_formula(megapixels), math.log(max(megapixels, LEAST))
        before, after = None, None
        for anchor in anchors:
            if anchor.megapixels > x:
                after = anchor
                break
            before = anchor
        if before is None or after is None:
            end = before or anchors[0]
            return end.seconds + here - self._log_formula(math.exp(end.megapixels))
        low, high = (self._log_formula(math.exp(anchor.megapixels)) for anchor in (before, after))
        part = (here - low) / (high - low) if high - low > LEAST else 0.5
        return before.seconds + (after.seconds - before.seconds) * min(1.0, max(0.0, part))

    def _get_anchors(self, images: int | None) -> list[_Anchor]:
        """Return the anchors for a batch size, None for one without measurements."""
        if images not in self._anchors:
            self._anchors[images] = list(_rising([self._anchor(group, images) for group in _by_size(self.samples)]))
        return self._anchors[images]

    def _anchor(self, group: Sequence[Sample], images: int | None) -> _Anchor:
        weights = [one.weight * (1.0 if one.images == images else OTHER_BATCH) for one in group]
        weight = sum(weights)
        x = sum(w * math.log(one.megapixels) for w, one in zip(weights, group, strict=True)) / weight
        off = [math.log(one.seconds) - self._log_formula(one.megapixels) for one in group]
        moved = sum(w * each for w, each in zip(weights, off, strict=True)) / (weight + TRUST_CURVE)
        return _Anchor(x, self._log_formula(math.exp(x)) + moved, weight)


def _by_size(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Return the samples in groups of nearly equal pixels, the smallest first."""
    groups: dict[int, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(round(BINS_PER_OCTAVE * math.log2(sample.megapixels)), []).append(sample)
    return [groups[key] for key in sorted(groups)]


def _rising(anchors: Sequence[_Anchor]) -> Iterator[_Anchor]:
    """Yield the anchors with seconds that never fall (isotonic regression, pool adjacent violators)."""
    pools: list[list[_Anchor]] = []
    for anchor in anchors:
        pools.append([anchor])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    for pool in pools:
        level = _mean(pool)
        yield from (_Anchor(anchor.megapixels, level, anchor.weight) for anchor in pool)


def _mean(pool: Sequence[_Anchor]) -> float:
    return sum(one.seconds * one.weight for one in pool) / sum(one.weight for one in pool)


@lru_cache(maxsize=256)
def _fit(samples: tuple[Sample, ...], shape: Shape) -> tuple[float, float]:
    """Return knee and logarithm of the level that are most likely after `samples`."""
    best = (math.inf, shape.knee, 0.0)
    total = sum(sample.weight for sample in samples)
    for number in range(-GRID_STEPS * GRID_WIDTH, GRID_STEPS * GRID_WIDTH + 1):
        deviation = number / GRID_STEPS
        knee = shape.knee * math.exp(deviation * shape.spread)
        logs = [math.log(one.seconds / shape.of(one.megapixels, knee)) for one in samples]
        level = sum(one.weight * each for one, each in zip(samples, logs, strict=True)) / total
        errors = (one.weight * (each - level) ** 2 for one, each in zip(samples, logs, strict=True))
        cost = sum(errors) / NOISE**2 + deviation**2
        best = min(best, (cost, knee, level))
    return best[1], best[2]
