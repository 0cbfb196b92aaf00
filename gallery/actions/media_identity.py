"""The identity that a database and its media storage share: without it no file is taken for left over.

A database that is lost, new, older, or another site's knows none of the files that it finds. So both carry the same
id: a row of the database, and a small file in the storage.
"""

import uuid
from itertools import chain, islice

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.actions.media_files import files_by_folder, remove_files
from gallery.models import Image, MediaIdentity, Upload
from gallery.models.image import THUMBNAIL_COLUMNS

FILE = "media-id"  # no leading dot, so that `cp media/*` takes it along
# folder -> the model whose rows name its files, and the columns
FOLDERS = {
    "images": (Image, ("file",)),
    "thumbnails": (Image, tuple(THUMBNAIL_COLUMNS.values())),
    "steps": (Image, ("steps_file",)),
    "uploads": (Upload, ("file",)),
    "upload_thumbnails": (Upload, ("thumbnail",)),
}
SAMPLE = 200  # files that are looked at where one side has no id yet
HOW = "If they do belong together, say so once with: manage.py adopt_media"


class MediaMismatch(Exception):
    """Database and media may not belong together; the message is a sentence for the operator."""


def ensure_identity() -> uuid.UUID | None:
    """Return the id that database and media share; a pair without one gets it if the database knows its files.

    None where there is no file yet: the id comes with the first start or sweep after the first image.

    Raises:
        MediaMismatch: the ids differ, or one side has none and the database does not know most of the files.
    """
    row = MediaIdentity.objects.filter(pk=1).first()
    found = read_media_id()
    if row is not None and found == row.media_id:
        return row.media_id
    if found is not None:
        holder = "has no media of its own yet" if row is None else "belongs to other media"
        raise MediaMismatch(f"The media are those of another database: this one {holder}. {HOW}")
    sample = list(islice(chain.from_iterable(chain.from_iterable(map(files_by_folder, FOLDERS))), SAMPLE))
    if not sample:
        return None
    known = sum(len(rows_of(folder, [name for name in sample if name.startswith(f"{folder}/")])) for folder in FOLDERS)
    if 2 * known < len(sample):
        raise MediaMismatch(f"This database does not know the files in the media storage: it is new, or old. {HOW}")
    return adopt()


def adopt() -> uuid.UUID:
    """Declare that database and media belong together, whatever they had before; return their id."""
    row, _ = MediaIdentity.objects.get_or_create(pk=1)
    if read_media_id() != row.media_id:
        remove_files([FILE])
        name = default_storage.save(FILE, ContentFile(str(row.media_id).encode()))
        if name != FILE:  # another process was faster, with the same id
            remove_files([name])
    return row.media_id


def read_media_id() -> uuid.UUID | None:
    """Return the id in the media storage; None where there is none, or a damaged one."""
    try:
        with default_storage.open(FILE) as file:
            return uuid.UUID(file.read(100).decode().strip())
    except (FileNotFoundError, IsADirectoryError, PermissionError, ValueError):
        return None


def rows_of(folder: str, names: list[str]) -> set[str]:
    """Return those of the file `names` of one of FOLDERS that a row has.

    No index has the names: images are asked for by the job in the path, other rows by all names at once.
    """
    rows, columns = FOLDERS[folder]
    manager = rows._default_manager
    if rows is not Image:
        known: set[str] = set()
        for column in columns:
            known.update(manager.filter(**{f"{column}__in": names}).values_list(column, flat=True))
        return known
    jobs = {name: _job_of(name) for name in names}
    own = manager.filter(job_id__in={job for job in jobs.values() if job is not None})
    found = {name for row in own.values_list(*columns) for name in row if name in jobs}
    others = [name for name, job in jobs.items() if job is None]
    for column in columns if others else ():
        found.update(manager.filter(**{f"{column}__in": others}).values_list(column, flat=True))
    return found


def _job_of(name: str) -> uuid.UUID | None:
    """Return the job in a path such as images/ab/<job>/0-1234.png; None where there is none."""
    try:
        return uuid.UUID(name.split("/")[2])
    except (IndexError, ValueError):
        return None
