"""Table of the checks of `bench gpu`: what each measures, how long it takes, and the figures that are expected.

The expected figures were computed from the libraries' source and the sizes of tensors, for one large CUDA card; where
they differ from what is measured, one of the two is wrong, and finding out which is what the bench is for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sdsite.devtools.bench.gpu import memory_checks, speed_checks, state_checks
from sdsite.devtools.bench.gpu.bench import GpuBench


@dataclass(frozen=True)
class Expected:
    """A range for one figure of a check; `equal` for a value that is no number."""

    key: str
    lowest: float | None = None
    highest: float | None = None
    equal: Any = None

    def difference(self, found: Mapping[str, Any]) -> str:
        """Return in words how the figure lies outside; "" if it does not, or was not measured here."""
        value = found.get(self.key)
        if value is None:
            return ""
        if self.equal is not None:
            return "" if value == self.equal else f"{self.key} is {value}, expected {self.equal}"
        if self.lowest is not None and value < self.lowest:
            return f"{self.key} is {value:.3g}, expected at least {self.lowest:g}"
        if self.highest is not None and value > self.highest:
            return f"{self.key} is {value:.3g}, expected at most {self.highest:g}"
        return ""


@dataclass(frozen=True)
class Check:
    """One measurement: `seconds` that it takes on a large card, figures expected there.

    `needs_cuda`: without memory of its own and events nothing is measured. The `timed` keys are left out of the verdict
    on tiny checkpoints, where everything but the network takes the time.
    """

    measure: Callable[[GpuBench], dict[str, Any]]
    seconds: float
    expected: Sequence[Expected] = ()
    timed: Sequence[Expected] = ()
    needs_cuda: bool = False

    @property
    def name(self) -> str:
        """Return the name by which it is chosen and printed."""
        return self.measure.__name__

    @property
    def summary(self) -> str:
        """Return what it measures, in a sentence."""
        return (self.measure.__doc__ or "").partition("\n")[0]

    def differences(self, found: Mapping[str, Any], *, tiny: bool) -> list[str]:
        """Return every figure that lies outside what is expected, in words."""
        rows = [*self.expected, *(() if tiny else self.timed)]
        return [words for row in rows if (words := row.difference(found))]


# In the order of what is learnt by them, because the time may not be enough for all.
CHECKS: tuple[Check, ...] = (
    Check(state_checks.versions, 40, [Expected("families", equal=3)]),
    Check(
        state_checks.samplers,
        60,
        [Expected("failed", equal=[]), Expected("waits_where_none_are_expected", highest=0)],
    ),
    Check(state_checks.adapters, 40, [Expected("changed", equal=[]), Expected("refusals", equal=3)]),
    Check(
        speed_checks.overhead,
        60,
        timed=[
            Expected("ratio_off", highest=1.03),
            Expected("ratio_paced", highest=1.05),
            Expected("ratio_every", highest=1.08),
        ],
    ),
    Check(memory_checks.decoding, 90, timed=[Expected("peak_gib_1", highest=5), Expected("growth", highest=2)]),
    Check(
        memory_checks.same_seed,
        20,
        [Expected("strict_equal", equal=True)],
        timed=[Expected("places_psnr", lowest=45)],
    ),
    Check(
        memory_checks.little_memory,
        40,
        [Expected("shortage_told", equal=True)],
        timed=[Expected("steps_run_twice", highest=0)],
        needs_cuda=True,
    ),
    Check(
        memory_checks.two_checkpoints,
        25,
        timed=[Expected("alike", equal=True), Expected("offloaded", equal=3)],
        needs_cuda=True,
    ),
    Check(speed_checks.sizes_and_batches, 60, timed=[Expected("four_times_the_pixels", lowest=1, highest=4.5)]),
    Check(speed_checks.memory_modes, 60, timed=[Expected("gib_a_second", lowest=5)]),
    Check(speed_checks.upscaling, 20, timed=[Expected("host_share", highest=0.5)]),
    Check(speed_checks.memory_formats, 30, timed=[Expected("gain", lowest=-0.1, highest=0.3)]),
    Check(speed_checks.device_speed, 5),
    Check(state_checks.broken_device, 15, [Expected("noticed", equal=True)], needs_cuda=True),
)
