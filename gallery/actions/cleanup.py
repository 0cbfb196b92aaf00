"""Remove what nobody needs: files that no row speaks of, and uploads that nothing used for long."""

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

# folder -> the rows that speak of its files, and their column
FOLDERS = {
    "images": (Image, "file"),
    "thumbnails": (Image, "thumbnail"),
    "uploads": (Upload, "file"),
    "upload_thumbnails": (Upload, "thumbnail"),
}
GRACE = timedelta(hours=1)  # a file is written before its row; none takes nearly so long

# Rooms that know who still needs an upload add a function here: given ids, it returns those that are needed.
InUseCheck = Callable[[Collection[uuid.UUID]], Collection[uuid.UUID]]
in_use_checks: list[InUseCheck] = []


def sweep(grace: timedelta = GRACE) -> int:
    """Delete old uploads, then every media file older than `grace` that belongs to no row; return how many files."""
    delete_unused_uploads()
    limit = timezone.now() - grace
    swept = 0
    for folder, (rows, column) in FOLDERS.items():
        for names in files_by_folder(folder):
            known = set(rows._default_manager.filter(**{f"{column}__in": names}).values_list(column, flat=True))
            lost = [name for name in names if name not in known and default_storage.get_modified_time(name) < limit]
            remove_files(lost)
            swept += len(lost)
    if swept:
        logger.info("swept %d files that belonged to no row", swept)
    return swept


def delete_unused_uploads() -> int:
    """Delete uploads that nothing used for SDSITE_UPLOADS_DAYS and no keeper needs; return how many."""
    limit = timezone.now() - timedelta(days=settings.ENV["SDSITE_UPLOADS_DAYS"])
    old = list(Upload.objects.unused_since(limit).only("pk", "last_used_at"))
    ids = [upload.pk for upload in old]
    needed = {pk for keeper in in_use_checks for pk in keeper(ids)} if ids else set()
    gone = sweep_uploads([upload for upload in old if upload.pk not in needed])
    if gone:
        logger.info("forgot %d uploads that nothing used", gone)
    return gone


def files_by_folder(folder: str) -> Iterator[list[str]]:
    """Yield the names of the files of each folder below `folder`; one folder holds the files of one job or person."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    if files:
        yield [f"{folder}/{name}" for name in files]
    for name in folders:
        yield from files_by_folder(f"{folder}/{name}")
