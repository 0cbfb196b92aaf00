"""Remove files that no row speaks of: what a crash between file and row, or a failed deletion, left behind."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.models import Image
from gallery.storing import remove_files

logger = logging.getLogger(__name__)

FOLDERS = {"images": "file", "thumbnails": "thumbnail"}
GRACE = timedelta(hours=1)  # a file is written before its row; none takes nearly so long


def sweep(grace: timedelta = GRACE) -> int:
    """Delete every file of the media storage that is older than `grace` and belongs to no image; return how many."""
    limit = timezone.now() - grace
    swept = 0
    for folder, column in FOLDERS.items():
        for names in files_by_folder(folder):
            known = set(Image.objects.filter(**{f"{column}__in": names}).values_list(column, flat=True))
            lost = [name for name in names if name not in known and default_storage.get_modified_time(name) < limit]
            remove_files(lost)
            swept += len(lost)
    if swept:
        logger.info("swept %d files that belonged to no image", swept)
    return swept


def files_by_folder(folder: str) -> Iterator[list[str]]:
    """Yield the names of the files of each folder below `folder`; one folder holds the images of one job."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    if files:
        yield [f"{folder}/{name}" for name in files]
    for name in folders:
        yield from files_by_folder(f"{folder}/{name}")
