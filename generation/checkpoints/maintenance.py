"""Background tasks of checkpoints: downloads from the Hub, checksums, and looks for weights that vanished."""

import logging
import time
from collections.abc import Callable

from django.db import close_old_connections

from generation.checkpoints import downloads, presence
from generation.checkpoints.sources import note_checksum
from generation.models import Checkpoint, CheckpointDownload

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
LOOK_SECONDS = 600.0  # between two looks for weights that vanished or are back
ChecksumTask = tuple[int, str]  # id and location of a checkpoint


def without_checksum() -> list[ChecksumTask]:
    """Return the local checkpoints whose SHA-256 is not known yet."""
    rows = Checkpoint.objects.filter(sha256="").exclude(kind=Checkpoint.Kind.HUB)
    return list(rows.values_list("pk", "location"))


def is_due(tried: set[ChecksumTask]) -> bool:
    """Tell whether a task is pending; `tried` are checksums that were tried before, and gets the new ones."""
    fresh = set(without_checksum()) - tried
    tried |= fresh
    return bool(fresh) or CheckpointDownload.objects.unfinished().exists()


def run_pending(*, should_stop: Callable[[], bool]) -> bool:
    """Do all pending tasks, one after the other, until none is left or `should_stop()`.

    Return False if another process is doing them already.
    """
    with downloads.exclusive_lock() as alone:
        if not alone:
            return False
        for pk, _ in without_checksum():
            if not should_stop():
                _compute_checksum(pk, should_stop)
        while not should_stop() and (download := downloads.take_next()):
            downloads.run(download, should_stop=should_stop)
    return True


def look(*, should_stop: Callable[[], bool]) -> presence.Changes | None:
    """Look for weights that vanished, are back or were moved, and compute missing checksums of adapters.

    Return what changed; None if another process is at it, or `should_stop()` ended it.
    """
    with downloads.exclusive_lock() as alone:
        if not alone:
            return None
        alive = _stopper(should_stop)
        changes = presence.look()
        try:
            if changes.gone:  # later looks find the same files
                changes.moved = presence.find_moved(alive=alive)
            presence.note_checksums(alive=alive)
        except downloads.StopRequested:
            return None
    for how, rows in (("gone", changes.gone), ("back", changes.back), ("moved", changes.moved)):
        if rows:
            logger.warning("weights are %s: %s", how, ", ".join(row.slug for row in rows[:20]))
    return changes


class LookTimer:
    """Says once in LOOK_SECONDS that a look is due; the first time after as long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now."""
        self._clock = clock
        self._next = clock() + LOOK_SECONDS

    def is_due(self) -> bool:
        """Return whether a look is due, and count from now if so."""
        if self._clock() < self._next:
            return False
        self._next = self._clock() + LOOK_SECONDS
        return True


def watch(*, should_stop: Callable[[], bool]) -> None:
    """Do pending tasks and look for new ones every POLL_SECONDS, until `should_stop()`."""
    tried: set[ChecksumTask] = set()
    timer = LookTimer()
    while not should_stop():
        close_old_connections()
        if timer.is_due():
            look(should_stop=should_stop)
        if is_due(tried):
            run_pending(should_stop=should_stop)
        time.sleep(POLL_SECONDS)


def _compute_checksum(pk: int, should_stop: Callable[[], bool]) -> None:
    """Write the SHA-256 of the weights of checkpoint `pk` into its row, so that its first image can carry it."""
    checkpoint = Checkpoint.objects.filter(pk=pk).first()
    if checkpoint is None:
        return

    try:
        note_checksum(checkpoint, alive=_stopper(should_stop))
    except downloads.StopRequested:
        logger.info("no checksum of %s yet: asked to stop", checkpoint.slug)


def _stopper(should_stop: Callable[[], bool]) -> Callable[[], None]:
    """Return a function that raises `StopRequested` once `should_stop()`."""

    def alive() -> None:
        if should_stop():
            raise downloads.StopRequested

    return alive
