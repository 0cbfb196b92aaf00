"""Cleanup of media files without a row, and of uploads that were not used for a long time.

Nothing is deleted on a doubt: files without a row are moved aside first, and only where database and media belong
together and nearly all files have a row.
"""

import logging
import uuid
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.actions import trash
from gallery.actions.media_files import files_by_folder, move_file, remove_empty_folders, remove_files
from gallery.actions.media_identity import FOLDERS, MediaMismatch, ensure_identity, rows_of
from gallery.actions.uploads import sweep_uploads
from gallery.models import Upload
from gallery.rules.hits import forget_old
from sdsite.accounts import site_settings

logger = logging.getLogger(__name__)

GRACE = timedelta(hours=1)  # a file is written before its row, at most seconds before
REMOVED = ".removed"  # folder of the files that were moved aside, one folder a day
KEPT = timedelta(days=7)  # for which they stay there
MOST_SHARE = 0.1  # of all files may be left over, or a person is asked
FEW = 50  # files below which no person is asked

# Apps whose rows refer to uploads add a function here: given ids of uploads, it returns those still in use.
InUseCheck = Callable[[Collection[uuid.UUID]], Collection[uuid.UUID]]
in_use_checks: list[InUseCheck] = []


class SweepRefused(Exception):
    """The sweep moved nothing, because a person must look first; the message is a sentence for the operator."""


def sweep(grace: timedelta = GRACE, *, confirmed: bool = False) -> int:
    """Delete what is old, then move every media file older than `grace` without a row aside; return how many.

    Old are unused uploads, what has been in the trash for its time, and records of what rules matched.

    Files that were moved aside KEPT ago are deleted; those that have a row again by now return to their place.
    `confirmed`: a person said that so many files may be left over.

    Raises:
        SweepRefused: database and media may not belong together, or, not `confirmed`, at least FEW files and more
            than MOST_SHARE of them have no row.
    """
    try:
        ensure_identity()
    except MediaMismatch as error:
        raise SweepRefused(str(error)) from error
    delete_unused_uploads()
    while trash.delete_expired() or forget_old():
        pass
    orphans, total = find_orphans(grace)
    if not confirmed and len(orphans) >= FEW and len(orphans) > MOST_SHARE * total:
        raise SweepRefused(
            f"{len(orphans)} of {total} media files have no row, too many for leftovers: is this the right database, "
            "and its newest copy? To move them aside nevertheless: manage.py sweep_media --yes"
        )
    moved = sum(_set_aside(name) for name in orphans)
    if moved:
        logger.info("moved %d files that had no row to %s/%s", moved, REMOVED, timezone.now().date())
    _review_removed()
    return moved


def find_orphans(grace: timedelta) -> tuple[list[str], int]:
    """Return the names of the files older than `grace` that have no row, and the number of all files."""
    limit = timezone.now() - grace
    orphans: list[str] = []
    total = 0
    for folder in FOLDERS:
        for names in files_by_folder(folder):
            total += len(names)
            known = rows_of(folder, names)
            orphans += [name for name in names if name not in known and _is_older(name, limit)]
    return orphans, total


def _is_older(name: str, limit: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < limit
    except FileNotFoundError:  # deleted meanwhile
        return False


def _set_aside(name: str) -> bool:
    try:
        move_file(name, f"{REMOVED}/{timezone.now().date()}/{name}")
    except OSError as error:
        logger.warning("file %s, which has no row, stays: %s", name, error)
        return False
    return True


def _review_removed() -> None:
    """Bring files that have a row again back to their place, and delete those that were moved aside long ago."""
    try:
        days, _ = default_storage.listdir(REMOVED)
    except FileNotFoundError:
        return
    for day in days:
        try:
            expired = date.fromisoformat(day) + KEPT <= timezone.now().date()
        except ValueError:  # a folder of somebody else's
            continue
        for folder in FOLDERS:
            for names in files_by_folder(f"{REMOVED}/{day}/{folder}"):
                _review(names, prefix=f"{REMOVED}/{day}/", folder=folder, expired=expired)
        if expired:
            remove_empty_folders(f"{REMOVED}/{day}")


def _review(names: list[str], *, prefix: str, folder: str, expired: bool) -> None:
    wanted = rows_of(folder, [name.removeprefix(prefix) for name in names])
    for name in names:
        original = name.removeprefix(prefix)
        if original in wanted and not default_storage.exists(original):
            move_file(name, original)
            logger.info("file %s has a row again and is back", original)
        elif expired:
            remove_files([name])


def delete_unused_uploads() -> int:
    """Delete uploads that were not used for `uploads_days` and that no check finds in use; return how many."""
    limit = timezone.now() - timedelta(days=site_settings.current().uploads_days)
    old = list(Upload.objects.unused_since(limit).only("pk", "last_used_at"))
    ids = [upload.pk for upload in old]
    in_use = {pk for check in in_use_checks for pk in check(ids)} if ids else set()
    deleted = sweep_uploads([upload for upload in old if upload.pk not in in_use])
    if deleted:
        logger.info("deleted %d unused uploads", deleted)
    return deleted
