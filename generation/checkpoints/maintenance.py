"""What is done for checkpoints beside pages and pictures: fetching them from the Hub, and working out checksums."""

import logging
import time
from collections.abc import Callable

from django.db import close_old_connections

from generation.checkpoints import downloads
from generation.models import Checkpoint, CheckpointDownload
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
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


def do_all(*, ending: Callable[[], bool]) -> bool:
    """Do what waits, one thing after the other, until nothing is left or `ending()`.

    Returns False where another process is at it already.
    """
    with downloads.only_one() as alone:
        if not alone:
            return False
        for pk, _ in without_checksum():
            if not ending():
                note_checksum(pk, ending)
        while not ending() and (download := downloads.take_next()):
            downloads.run(download, ending=ending)
    return True


def watch(*, ending: Callable[[], bool]) -> None:
    """Do what waits, look again every LOOK_SECONDS, until `ending()`."""
    tried: set[ChecksumTask] = set()
    while not ending():
        close_old_connections()
        if is_due(tried):
            do_all(ending=ending)
        time.sleep(LOOK_SECONDS)


def note_checksum(pk: int, ending: Callable[[], bool]) -> None:
    """Write down the SHA-256 of a checkpoint's weights, so that its first picture can carry it."""
    from generation.checkpoints.sources import get_source  # only for the place of a relative location

    row = Checkpoint.objects.filter(pk=pk).first()
    if row is None:
        return
    source: CheckpointSource = get_source(row, row.slug)

    def alive() -> None:
        if ending():
            raise downloads.AskedToEnd

    try:
        digest = checksum(source, alive)
    except (OSError, downloads.AskedToEnd) as error:
        logger.info("no checksum of %s yet: %s", row.slug, error or "asked to end")
        return
    # Only where nobody moved the row to other weights meanwhile.
    Checkpoint.objects.filter(pk=pk, location=row.location).update(sha256=digest)
