"""Import of image files that other programs generated: stored byte for byte, with the settings that are in them.

A file is known by its SHA-256: importing it again, at once or after a stopped import, stores nothing.
"""

import hashlib
import io
import json
import logging
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.derivations import write_derivations
from gallery.actions.media_files import remove_files, save_files
from gallery.actions.uploads import UploadRefused, most_bytes
from gallery.imaging import embedded_text, thumbnails
from gallery.imaging.decode_limits import reserving_pixels
from gallery.imaging.open_image import UnusableImage, detect_format, open_image
from gallery.models import Image
from gallery.models.image import THUMBNAIL_COLUMNS
from gallery.search.index import search_columns, write_words
from generation.errors import JobRefused
from generation.image_settings import settings_of_file
from generation.parameters.metadata.recovered import Settings
from sdsite.accounts.credentials import Credentials
from sdsite.core.disk_space import require_floor

logger = logging.getLogger(__name__)

NAMESPACE = uuid.UUID("5f0c9a52-7d0b-4c57-9f5d-0d9a3f8f5a11")  # of the job ids that imported images have
FIRST_YEAR = 1990  # an older date of a file is a wrong one
LONGEST_FILE_NAME = 200
EXIF_DATES = ((0x8769, 0x9003), (0x8769, 0x9004), (None, 0x0132))  # original, digitized, changed
MOST_FACTS, LONGEST_FACT = 100, 1000  # settings without a field here, and characters of each
NO_SETTINGS = "none"


@dataclass(frozen=True)
class Imported:
    """What became of a file: `image` is its row, the earlier one if `is_new` is false; None in a dry run.

    `source` is the program that wrote the settings; "none": the file has no settings.
    """

    image: Image | None
    is_new: bool
    source: str


@reserving_pixels
def import_image(
    *, owner: Any, data: bytes, name: str = "", modified: datetime | None = None, dry_run: bool = False
) -> Imported:
    """Store a PNG, JPEG or WebP file as an image of `owner`, with the settings, date and seed that are in it.

    `name` is the file's name, which the row keeps; `modified` its date, which counts where the file states none.

    Raises:
        UploadRefused: it is no usable image, or larger than SDSITE_PICTURE_MB.
        DiskFull: the site's disk is nearly full.
    """
    image_format = detect_format(data)
    if image_format not in Image.Format.values:
        raise UploadRefused("invalid_parameters", "The image must be a PNG, JPEG or WebP file.")
    try:
        pixels = open_image(data, most_bytes=most_bytes())
    except UnusableImage as error:
        raise UploadRefused("invalid_parameters", str(error)) from error
    digest = hashlib.sha256(data).hexdigest()
    settings, source = settings_in(data, owner)
    seed = settings.parameters.get("seed", 0)
    earlier = _earlier(owner, digest, seed)
    if earlier is not None:
        return Imported(earlier, False, source)
    if dry_run:
        return Imported(None, True, source)
    require_floor()
    created_at = date_in(data) or plausible(modified) or timezone.now()
    row = Image(
        owner=owner,
        job_id=job_id_of(owner, digest),
        job_created_at=created_at,
        created_at=created_at,
        index=0,
        seed=seed,
        format=image_format,
        size_bytes=len(data),
        sha256=digest,
        thumbhash=thumbnails.make_thumbhash(pixels),
        receipt={"imported": _origin(settings, source, name)},
        **described(settings, pixels),
    )
    return _store(row, data, pixels, source)


def _store(row: Image, data: bytes, pixels: Pillow.Image, source: str) -> Imported:
    """Write the files, then the row; a crash in between leaves files for the sweep, never a row without a file."""
    stem = f"{str(row.job_id)[:2]}/{row.job_id}/0-{secrets.token_hex(4)}"
    further = thumbnails.make_further_thumbnails(pixels)
    names = save_files(
        {
            f"images/{stem}.{row.format}": data,
            f"thumbnails/{stem}.{thumbnails.FORMAT}": thumbnails.make_thumbnail(pixels),
            **{f"thumbnails/{stem}-{side}.{thumbnails.FORMAT}": small for side, small in further.items()},
        }
    )
    row.file, row.thumbnail = names[:2]
    for side, name in zip(further, names[2:], strict=True):
        setattr(row, THUMBNAIL_COLUMNS[side], name)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            write_words([row])
            write_derivations([row])
    except IntegrityError:  # another request imported the same file
        remove_files(names)
        return Imported(Image.objects.get(job_id=row.job_id, index=0), False, source)
    except Exception:
        remove_files(names)
        raise
    return Imported(row, True, source)


def job_id_of(owner: Any, digest: str) -> uuid.UUID:
    """Return the id that stands for a job: the same file of the same owner has the same, and is stored once."""
    return uuid.uuid5(NAMESPACE, f"{owner.pk}:{digest}")


def _earlier(owner: Any, digest: str, seed: int) -> Image | None:
    """Return the owner's image with this file: imported before, or generated here. Both look-ups use an index."""
    own = Image.objects.owned_by(owner)
    return own.filter(job_id=job_id_of(owner, digest)).first() or own.filter(seed=seed, sha256=digest).first()


def settings_in(data: bytes, owner: Any) -> tuple[Settings, str]:
    """Return the settings in a file, and the program that wrote them; none of both if there are none."""
    try:
        found = settings_of_file(data, Credentials(owner))
    except JobRefused:  # it has none, and is an image nevertheless
        return Settings(source=NO_SETTINGS), NO_SETTINGS
    return found, found.source


def described(settings: Settings, pixels: Pillow.Image) -> dict[str, Any]:
    """Return the columns with the settings; a checkpoint that the site does not have keeps its name."""
    parameters = {"prompt": "", **settings.parameters}
    for model in settings.models:
        if model.field == "checkpoint":
            parameters.setdefault("checkpoint", model.name)
    # Input images of another program, or of another person, are not here.
    for field in ("init_image", "mask_image", "controls", "ip_adapter", "references"):
        parameters.pop(field, None)
    prompt = str(parameters["prompt"])
    columns = {"prompt": prompt, "parameters": parameters, "width": pixels.width, "height": pixels.height}
    return columns | search_columns(prompt, parameters)


def _origin(settings: Settings, source: str, name: str) -> dict[str, Any]:
    said = {"source": source, "file": _printable(name)[:LONGEST_FILE_NAME], "at": timezone.now().isoformat()}
    return said | {"facts": _bounded(settings.facts), "unknown": _bounded(settings.unknown)}


def _bounded(texts: dict[str, str]) -> dict[str, str]:
    """Return the first of `texts`, shortened and as every database takes them."""
    return {_storable(name): _storable(text) for name, text in list(texts.items())[:MOST_FACTS]}


def _storable(text: str) -> str:
    return text[:LONGEST_FACT].replace("\x00", "").encode("utf-8", "replace").decode()


def _printable(name: str) -> str:
    return "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())


def date_in(data: bytes) -> datetime | None:
    """Return the date in a file: EXIF's, which is taken as UTC unless it has an offset, or SwarmUI's day."""
    try:
        with Pillow.open(io.BytesIO(data)) as image:
            exif = image.getexif()
            for folder, tag in EXIF_DATES:
                text = (exif.get_ifd(folder) if folder else exif).get(tag)
                if isinstance(text, str) and (found := _parsed(text, "%Y:%m:%d %H:%M:%S")):
                    return found
        texts = embedded_text.read_texts(data)
        extra = json.loads(texts.get("parameters", "")).get("sui_extra_data", {})
        return _parsed(str(extra.get("date", "")), "%Y-%m-%d")
    except Exception:  # whatever is wrong with its texts: it states no date
        return None


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        return plausible(datetime.strptime(text.strip("\x00 "), pattern).replace(tzinfo=UTC))
    except ValueError:
        return None


def plausible(moment: datetime | None) -> datetime | None:
    """Return `moment`, or None if no image can be from then."""
    if moment is None or moment.year < FIRST_YEAR or moment > timezone.now():
        return None
    return moment
