"""What is done for checkpoints beside pages and pictures: fetching them from the Hub, and working out checksums."""

import logging
import time
from collections.abc import Callable

from django.db import close_old_connections

from generation.checkpoints import downloads
from generation.checkpoints.sources import note_checksum
from generation.models import Checkpoint, CheckpointDownload

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
ChecksumTask = tuple[int, str]  # a checkpoint's row and where its weights lay


def without_checksum() -> list[ChecksumTask]:
    """Return the checkpoints on this machine whose SHA-256 nobody knows yet."""
    rows = Checkpoint.objects.filter(sha256="").exclude(kind=Checkpoint.Kind.HUB)
    return list(rows.values_list("pk", "location"))


def is_due(tried: set[ChecksumTask]) -> bool:
    """Tell whether there is something to do; `tried` holds checksums that were tried before, and grows by the new."""
    fresh = set(without_checksum()) - tried
    tried |= fresh
    return bool(fresh) or CheckpointDownload.objects.unfinished().exists()


def run_pending(*, ending: Callable[[], bool]) -> bool:
    """Do what waits, one thing after the other, until nothing is left or `ending()`.

    Returns False where another process is at it already.
    """
    with downloads.exclusive_lock() as alone:
        if not alone:
            return False
        for pk, _ in without_checksum():
            if not ending():
                _compute_checksum(pk, ending)
        while not ending() and (download := downloads.take_next()):
            downloads.run(download, ending=ending)
    return True


def watch(*, ending: Callable[[], bool]) -> None:
    """Do what waits, look again every LOOK_SECONDS, until `ending()`."""
    tried: set[ChecksumTask] = set()
    while not ending():
        close_old_connections()
        if is_due(tried):
            run_pending(ending=ending)
        time.sleep(POLL_SECONDS)


def _compute_checksum(pk: int, ending: Callable[[], bool]) -> None:
    """Write the SHA-256 of the weights of checkpoint `pk` into its row, so that its first image can carry it."""
    checkpoint = Checkpoint.objects.filter(pk=pk).first()
    if checkpoint is None:
        return

    def alive() -> None:
        if ending():
            raise downloads.StopRequested

    try:
        note_checksum(checkpoint, alive=alive)
    except downloads.StopRequested:
        logger.info("no checksum of %s yet: asked to end", checkpoint.slug)
