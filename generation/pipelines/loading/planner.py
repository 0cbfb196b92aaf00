"""Plans how checkpoints are loaded: measures the device, adds up what is held, chooses modes, notes shortages."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from generation.errors import GenerationError
from generation.pipelines.loading import memory_budget
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import resolve_auto_from_headers
from generation.pipelines.loading.memory_budget import FORGET_SECONDS, Held, Machine, Room, Shortage
from generation.pipelines.loading.memory_modes import Mode, rank
from generation.pipelines.loading.placement import choose_dtype
from generation.weights.checkpoint_inspection import inspect
from generation.weights.inspection import Inspection
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sharing:
    """How many workers share this process's device, and how many the machine's memory."""

    device_workers: int = 1
    host_workers: int = 1


@dataclass(frozen=True)
class Plan:
    """How a checkpoint is loaded.

    `asked` is its source as the row has it, `source` the resolved one; `needed` counts its weights; `found` is None for
    checkpoints of the Hub, whose size is known only after loading.
    """

    asked: CheckpointSource
    source: CheckpointSource
    needed: Room
    found: Inspection | None
    made_at: float = 0.0

    @property
    def mode(self) -> Mode:
        """Return the memory mode."""
        return mode_of(self.source)

    @property
    def is_free_to_choose(self) -> bool:
        """Return whether the site chooses the memory mode, and knows the sizes to choose by."""
        return self.found is not None and (self.asked.precision, self.asked.memory_mode) == ("auto", "auto")


class Planner:
    """Plans for the checkpoints of one worker on one device; remembers which memory modes ran out of memory."""

    def __init__(
        self,
        device: Device,
        sharing: Sharing | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        inspector: Callable[[CheckpointSource], Inspection] = inspect,
    ) -> None:
        """Plan for `device`; `clock` tells seconds, `inspector` reads the sizes of checkpoints."""
        self.device = device
        self.sharing = sharing or Sharing()
        self.clock = clock
        self._inspect = inspector
        self._shortages: dict[str, tuple[Mode, Shortage]] = {}  # by slug: the mode that ran out of memory

    def measure(self) -> Machine:
        """Return what is free now."""
        sharing = self.sharing
        return self.device.measure(device_workers=sharing.device_workers, host_workers=sharing.host_workers)

    def usable(self, held: Held) -> Room:
        """Return what one checkpoint could use if nothing of what is `held` were."""
        return memory_budget.room(self.measure(), held)

    def plan(self, source: CheckpointSource, held: Held) -> Plan:
        """Return how `source` is to be loaded by what is usable now.

        Raises:
            GenerationError: `checkpoint_missing`, `checkpoint_invalid` or `checkpoint_too_large`.
        """
        if source.kind == "hub":  # asking the Hub costs a round trip; the budget is enforced after loading
            return Plan(source, source, Room(0), None, self.clock())
        found, usable = self._inspect(source), self.usable(held)
        failed = self._failed_mode(source.slug, usable)
        resolved = resolve_auto_from_headers(source, found, self.device, usable, failed)
        return Plan(source, resolved, self._weigh(resolved, found), found, self.clock())

    def note_shortage(self, plan: Plan, held: Held) -> bool:
        """Note that `plan` ran out of memory; return whether a smaller memory mode takes its place.

        Args:
            plan: whose pipeline is not loaded any more.
            held: by the other checkpoints.
        """
        slug = plan.asked.slug
        if plan.found is None or not plan.is_free_to_choose:
            return False
        usable = self.usable(held)
        try:
            smaller = resolve_auto_from_headers(plan.asked, plan.found, self.device, usable, plan.mode)
        except GenerationError:
            return False
        if rank(mode_of(smaller), self.device.kind) <= rank(plan.mode, self.device.kind):
            return False
        _, before = self._shortages.get(slug, (None, None))
        shortage = memory_budget.note_shortage(usable.device, self.clock(), before)
        self._shortages[slug] = (plan.mode, shortage)
        logger.warning(
            "%s ran out of memory (%s, %s): it is loaded %s, %s for %.0f minutes, or until more memory is free",
            *(slug, plan.source.precision, plan.source.memory_mode, smaller.precision, smaller.memory_mode),
            (shortage.until - self.clock()) / 60,
        )
        return True

    def could_be_better(self, plan: Plan, held: Held) -> bool:
        """Return whether a loaded checkpoint would get a better memory mode now.

        Not before FORGET_SECONDS have passed since it was loaded: loading takes a while, and other processes come and
        go.
        """
        place = rank(plan.mode, self.device.kind)
        if plan.found is None or not plan.is_free_to_choose or place == 0:
            return False
        if self.clock() - plan.made_at < FORGET_SECONDS:
            return False
        usable = self.usable(held)
        failed = self._failed_mode(plan.asked.slug, usable)
        try:
            resolved = resolve_auto_from_headers(plan.asked, plan.found, self.device, usable, failed)
        except GenerationError:  # too little of it: what is loaded goes on
            return False
        return rank(mode_of(resolved), self.device.kind) < place

    def _failed_mode(self, slug: str, usable: Room) -> Mode | None:
        """Return the memory mode of the checkpoint that ran out of memory, while that shortage lasts."""
        mode, shortage = self._shortages.get(slug, (None, None))
        return mode if memory_budget.lasts(shortage, usable.device, self.clock()) else None

    def _weigh(self, resolved: CheckpointSource, found: Inspection) -> Room:
        """Return the bytes of weights on the device at the same time, and in host memory."""
        each = 1
        if resolved.precision != "quantized":
            each = choose_dtype(resolved, self.device, found.family).itemsize
        weights, biggest = found.weights * each, found.biggest * each
        return {
            "resident": Room(weights),
            "offload": Room(biggest, weights),
            "sequential": Room(0, weights),
        }[resolved.memory_mode]


def mode_of(source: CheckpointSource) -> Mode:
    """Return the memory mode of a resolved source."""
    return Mode(source.precision, source.memory_mode)
