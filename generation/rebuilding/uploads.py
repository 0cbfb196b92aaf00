"""Rows of uploads made again of their files.

A file's folder has the number of its owner, which is another person's in a database that was begun anew. What a file
does not carry is lost: the format that it was sent in, when it was used last, and whether it was only ever a mask.
"""

import hashlib
import re
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.actions.media_files import files_by_folder, save_files
from gallery.actions.media_identity import rows_of
from gallery.imaging import thumbnails
from gallery.imaging.decode_limits import reserve_pixels
from gallery.imaging.open_image import UnusableImage, detect_format, open_image
from gallery.models import Upload
from generation.importing import plausible
from generation.rebuilding.images import NotRebuilt
from sdsite.accounts.models import User
from sdsite.core.disk_space import require_floor

FOLDER = "uploads"
THUMBNAILS = "upload_thumbnails"


def lost_uploads() -> Iterator[str]:
    """Yield the names of files of uploads that no row has, folder by folder."""
    for names in files_by_folder(FOLDER):
        known = rows_of(FOLDER, names)
        yield from sorted(name for name in names if name not in known)


def rebuild_upload(
    name: str, fallback: User | None, *, same_people: bool = False, dry_run: bool = False
) -> Upload | None:
    """Make the row of an upload again, and its thumbnail where that is missing; None in a dry run.

    It belongs to the person whose other uploads lie in its folder, or, with `same_people`, whose number the folder has.

    Raises:
        NotRebuilt: nothing tells whose it is, the file is no image of the site, or its owner has the same one.
        DiskFull: the site's disk is nearly full.
    """
    owner = _owner_of(name, same_people) or fallback
    if owner is None:
        raise NotRebuilt("nothing tells whose it is; name a --user, or say --same-people")
    with default_storage.open(name) as file:
        data: bytes = file.read()
    digest = hashlib.sha256(data).hexdigest()
    if detect_format(data) != "png" or not name.endswith(".png"):
        raise NotRebuilt("it is no PNG file, as all uploads are")
    if Upload.objects.owned_by(owner).filter(sha256=digest).exists():
        raise NotRebuilt("its owner has the same image already")
    if dry_run:
        return None
    require_floor()
    try:
        with reserve_pixels(data, person=owner.pk):
            pixels = open_image(data)
            thumbnail = f"{THUMBNAILS}{name.removeprefix(FOLDER).removesuffix('.png')}.{thumbnails.FORMAT}"
            if not default_storage.exists(thumbnail):
                (thumbnail,) = save_files({thumbnail: thumbnails.make_thumbnail(pixels)})
    except UnusableImage as error:
        raise NotRebuilt(str(error)) from error
    row = Upload(
        owner=owner,
        width=pixels.width,
        height=pixels.height,
        format="png",
        file=name,
        thumbnail=thumbnail,
        size_bytes=len(data),
        sha256=digest,
        created_at=plausible(default_storage.get_modified_time(name)) or timezone.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:  # another run of the command was here
        raise NotRebuilt("its owner has the same image already") from error
    return row


def _owner_of(name: str, same_people: bool) -> User | None:
    """Return the person of the folder in a name such as uploads/42/42/1a2b-3c4d.png, as far as that is certain."""
    folder, _, _file = name.rpartition("/")
    number = folder.rpartition("/")[2]
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise NotRebuilt("its name is none that the site gives")
    if same_people:
        return User.objects.filter(pk=int(number)).first()
    known = Upload.objects.filter(owner=int(number), file__startswith=f"{folder}/").select_related("owner").first()
    return known.owner if known else None
