"""Rows of images made again of their files.

What a file does not carry is lost: marks, notes, tags, collections, visibility and the verdict of the safety checker.
"""

import hashlib
import json
import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.derivations import write_derivations
from gallery.actions.media_files import files_by_folder, save_files
from gallery.actions.media_identity import rows_of
from gallery.imaging import embedded_text, thumbnails
from gallery.imaging.decode_limits import reserve_pixels
from gallery.imaging.open_image import UnusableImage, detect_format, open_image
from gallery.models import Image
from gallery.models.image import THUMBNAIL_COLUMNS
from gallery.search.index import search_columns, write_words
from generation.importing import date_in, described, job_id_of, plausible, settings_in
from generation.models import Job
from sdsite.accounts.models import User
from sdsite.core.disk_space import require_floor

logger = logging.getLogger(__name__)

FOLDER = "images"
MOST_INDEX = 100_000
SEEDS = 2**63
IMPORTED = 5  # version of the job ids of imported files, which are made of the owner and the file


class NotRebuilt(ValueError):
    """A file of which no row can be made; the message says why."""


@dataclass
class Owners:
    """Finds whose a file is: of the job's row, or of the person whose import gives the job id of the file."""

    fallback: User | None = None
    last: User | None = field(default=None, init=False)  # imports come in rows of one person

    def of(self, job: Job | None, job_id: uuid.UUID, digest: str) -> User:
        """Return the owner.

        Raises:
            NotRebuilt: nothing tells whose it is, and there is no `fallback`.
        """
        if job is not None:
            return job.owner
        if job_id.version == IMPORTED:
            people = [self.last] if self.last else []
            for person in [*people, *User.objects.order_by("pk").iterator()]:
                if job_id_of(person, digest) == job_id:
                    self.last = person
                    return person
        if self.fallback is None:
            raise NotRebuilt("nothing tells whose it is; name a --user")
        return self.fallback


def lost_files() -> Iterator[str]:
    """Yield the names of image files that no row has, folder by folder."""
    for names in files_by_folder(FOLDER):
        known = rows_of(FOLDER, names)
        yield from sorted(name for name in names if name not in known)


def rebuild_row(name: str, owners: Owners, *, hold: bool = False, dry_run: bool = False) -> Image | None:
    """Make the row of an image file again, and its thumbnails where they are missing; None in a dry run.

    `hold` puts it under review.

    Raises:
        NotRebuilt: the name is none of the site's, the file is no image, or its place in the job is taken.
        DiskFull: the site's disk is nearly full.
    """
    job_id, index = _place(name)
    if Image.objects.filter(job_id=job_id, index=index).exists():
        raise NotRebuilt("another file has its place in the job")
    with default_storage.open(name) as file:
        data: bytes = file.read()
    digest = hashlib.sha256(data).hexdigest()
    job = Job.objects.filter(pk=job_id).select_related("owner").first()
    owner = owners.of(job, job_id, digest)
    if detect_format(data) not in Image.Format.values:
        raise NotRebuilt("it is no PNG, JPEG or WebP file")
    if dry_run:
        return None
    require_floor()
    try:
        with reserve_pixels(data, person=owner.pk):
            pixels = open_image(data)
            written = default_storage.get_modified_time(name)
            moment = (job and job.created_at) or date_in(data) or plausible(written) or timezone.now()
            row = Image(
                owner=owner,
                job_id=job_id,
                job_created_at=moment,
                created_at=moment,
                index=index,
                file=name,
                size_bytes=len(data),
                sha256=digest,
                quarantined_at=timezone.now() if hold else None,
                **_settings(data, owner, pixels),
            )
            _write(row, data, pixels)
    except UnusableImage as error:
        raise NotRebuilt(str(error)) from error
    return row


def _place(name: str) -> tuple[uuid.UUID, int]:
    """Return the job and the index in a name such as images/ab/<job>/0-12345678.png."""
    try:
        job, file = name.split("/")[2:]
        place = uuid.UUID(job), int(file.partition("-")[0])
    except ValueError as error:
        raise NotRebuilt("its name is none that the site gives") from error
    if not 0 <= place[1] <= MOST_INDEX:
        raise NotRebuilt("its name is none that the site gives")
    return place


def _write(row: Image, data: bytes, pixels: Pillow.Image) -> None:
    """Store the row, with what the pixels tell of it, and its thumbnails."""
    row.format = detect_format(data)
    row.thumbhash = thumbnails.make_thumbhash(pixels)
    for column, thumbnail in _thumbnails(row.file, pixels).items():
        setattr(row, column, thumbnail)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            write_words([row])
            write_derivations([row])
    except IntegrityError as error:  # another run of the command was here
        raise NotRebuilt("another file has its place in the job") from error


def _settings(data: bytes, owner: User, pixels: Pillow.Image) -> dict[str, Any]:
    """Return the columns with settings and receipt: what the site wrote into the file, or what other programs did."""
    try:
        written = json.loads(embedded_text.read_texts(data)["sdsite"])
        parameters, receipt, seed = written["parameters"], written["receipt"], int(written["seed"])
        prompt = str(parameters.get("prompt", ""))
        if isinstance(receipt, dict) and 0 <= seed < SEEDS:
            columns = {"prompt": prompt, "parameters": parameters, "receipt": receipt, "seed": seed}
            sizes = {"width": pixels.width, "height": pixels.height}
            return columns | sizes | search_columns(prompt, parameters)
    except (embedded_text.UnreadableFile, KeyError, ValueError, TypeError, AttributeError):
        pass  # it was imported, or is none of ours
    settings, source = settings_in(data, owner)
    receipt = {"imported": {"source": source, "rebuilt": timezone.now().isoformat()}}
    return {**described(settings, pixels), "seed": settings.parameters.get("seed", 0), "receipt": receipt}


def _thumbnails(name: str, pixels: Pillow.Image) -> dict[str, str]:
    """Return the names of the thumbnails by column; those that are gone are made again."""
    stem = f"thumbnails{name.removeprefix(FOLDER).rpartition('.')[0]}"
    sizes = {thumbnails.SIDE: stem} | {side: f"{stem}-{side}" for side in thumbnails.FURTHER_SIDES}
    found, missing = {}, {}
    further: dict[int, bytes] | None = None
    for side, start in sizes.items():
        file = f"{start}.{thumbnails.FORMAT}"
        if default_storage.exists(file):
            found[THUMBNAIL_COLUMNS[side]] = file
            continue
        if side == thumbnails.SIDE:
            missing[side] = (file, thumbnails.make_thumbnail(pixels))
            continue
        further = thumbnails.make_further_thumbnails(pixels) if further is None else further
        if side in further:
            missing[side] = (file, further[side])
    names = save_files(dict(missing.values()))
    return found | {THUMBNAIL_COLUMNS[side]: saved for side, saved in zip(missing, names, strict=True)}
