"""Cleanup of media files without a row, and of uploads that were not used for a long time."""

import logging
import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.actions.store_image import remove_files
from gallery.actions.uploads import sweep_uploads
from gallery.models import Image, Upload

logger = logging.getLogger(__name__)

# folder -> the model whose rows name its files, and the column
FOLDERS = {
    "images": (Image, "file"),
    "thumbnails": (Image, "thumbnail"),
    "uploads": (Upload, "file"),
    "upload_thumbnails": (Upload, "thumbnail"),
}
GRACE = timedelta(hours=1)  # a file is written before its row, at most seconds before

# Apps whose rows refer to uploads add a function here: given ids of uploads, it returns those still in use.
InUseCheck = Callable[[Collection[uuid.UUID]], Collection[uuid.UUID]]
in_use_checks: list[InUseCheck] = []


def sweep(grace: timedelta = GRACE) -> int:
    """Delete unused uploads, then every media file older than `grace` that has no row; return how many files."""
    delete_unused_uploads()
    limit = timezone.now() - grace
    swept = 0
    for folder, (rows, column) in FOLDERS.items():
        for names in files_by_folder(folder):
            known = set(rows._default_manager.filter(**{f"{column}__in": names}).values_list(column, flat=True))
            orphans = [name for name in names if name not in known and default_storage.get_modified_time(name) < limit]
            remove_files(orphans)
            swept += len(orphans)
    if swept:
        logger.info("removed %d files that had no row", swept)
    return swept


def delete_unused_uploads() -> int:
    """Delete uploads that were not used for SDSITE_UPLOADS_DAYS and that no check finds in use; return how many."""
    limit = timezone.now() - timedelta(days=settings.ENV["SDSITE_UPLOADS_DAYS"])
    old = list(Upload.objects.unused_since(limit).only("pk", "last_used_at"))
    ids = [upload.pk for upload in old]
    in_use = {pk for check in in_use_checks for pk in check(ids)} if ids else set()
    deleted = sweep_uploads([upload for upload in old if upload.pk not in in_use])
    if deleted:
        logger.info("deleted %d unused uploads", deleted)
    return deleted


def files_by_folder(folder: str) -> Iterator[list[str]]:
    """Yield the names of the files of each folder below `folder`; one folder has the files of one job or user."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    if files:
        yield [f"{folder}/{name}" for name in files]
    for name in folders:
        yield from files_by_folder(f"{folder}/{name}")
