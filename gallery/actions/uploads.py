"""Keep the pictures that people bring, and let them go again."""

import hashlib
import io
import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.delete_images import delete_rows, delete_with_files
from gallery.actions.store_image import remove_files
from gallery.imaging import thumbnails
from gallery.imaging.decode_limits import reserving_pixels
from gallery.imaging.metadata import PNG_COMPRESSION
from gallery.imaging.open_image import UnusableImage, detect_format, open_image
from gallery.models import Upload
from sdsite.accounts.models import User


class UploadRefused(ValueError):
    """A picture that is not kept; `code` is `invalid_parameters` (no usable picture) or `uploads_full`."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable `code` beside the sentence for people."""
        super().__init__(message)
        self.code = code
        self.message = message


def most_bytes() -> int:
    """Return how large a picture file from people may be, in bytes."""
    return int(settings.ENV["SDSITE_PICTURE_MB"] * 1e6)


@reserving_pixels
def store_upload(*, owner: User, data: bytes) -> Upload:
    """Open the picture in `data`, keep it without loss and return its row; the earlier one for the same picture.

    Files first, then the row: a crash in between leaves an orphan file for the sweep, never a row without a file.

    Raises:
        UploadRefused: `invalid_parameters`, no picture or none that can be opened; `uploads_full`, the owner has no
            room left.
    """
    picture, encoded, digest = _opened(data)
    earlier = _used_again(owner, digest)
    if earlier is not None:
        return earlier
    _refuse_beyond_quota(owner, len(encoded))
    stem = f"{str(owner.pk)[:2]}/{owner.pk}/{digest[:16]}-{secrets.token_hex(4)}"
    names = [
        default_storage.save(f"uploads/{stem}.png", ContentFile(encoded)),
        default_storage.save(
            f"upload_thumbnails/{stem}.{thumbnails.FORMAT}", ContentFile(thumbnails.make_thumbnail(picture))
        ),
    ]
    row = Upload(
        owner=owner,
        width=picture.width,
        height=picture.height,
        format=detect_format(data),
        file=names[0],
        thumbnail=names[1],
        size_bytes=len(encoded),
        sha256=digest,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        remove_files(names)
        there = _used_again(owner, digest)
        if there is None:
            raise
        return there
    return row


@reserving_pixels
def prepare_upload(*, owner: User, data: bytes) -> Upload:
    """Return the row that `store_upload` would, stored only where the same picture is there already.

    Raises:
        UploadRefused: as `store_upload`.
    """
    picture, encoded, digest = _opened(data)
    earlier = Upload.objects.filter(owner=owner, sha256=digest).first()
    if earlier is not None:
        return earlier
    _refuse_beyond_quota(owner, len(encoded))
    return Upload(owner=owner, width=picture.width, height=picture.height, sha256=digest, size_bytes=len(encoded))


def delete_uploads(*, uploads: QuerySet[Upload], actor: Any) -> int:
    """Delete uploads and their files as `delete_rows` does; return how many were deleted."""
    return delete_rows(uploads, actor=actor, action="upload.deleted")


def sweep_uploads(uploads: Sequence[Upload]) -> int:
    """Delete uploads that nobody uses any more; return how many went. One that was used meanwhile stays."""
    gone = 0
    for upload in uploads:
        with transaction.atomic():
            still = list(Upload.objects.filter(pk=upload.pk, last_used_at=upload.last_used_at).select_for_update())
            delete_with_files(still)
            gone += len(still)
    return gone


def _opened(data: bytes) -> tuple[Pillow.Image, bytes, str]:
    """Return the picture in `data`, the PNG that is kept of it, and that one's SHA-256.

    Raises:
        UploadRefused: `invalid_parameters`, no picture or none that can be opened.
    """
    try:
        picture = open_image(data, most_bytes=most_bytes())
    except UnusableImage as error:
        raise UploadRefused("invalid_parameters", str(error)) from error
    encoded = _png(picture)
    return picture, encoded, hashlib.sha256(encoded).hexdigest()


def _used_again(owner: User, digest: str) -> Upload | None:
    found = Upload.objects.filter(owner=owner, sha256=digest).first()
    if found is not None:
        found.last_used_at = timezone.now()
        found.save(update_fields=["last_used_at"])
    return found


def _refuse_beyond_quota(owner: User, coming: int) -> None:
    room = int(settings.ENV["SDSITE_UPLOADS_MB"] * 1e6)
    there = Upload.objects.owned_by(owner).bytes_stored()
    if there + coming > room:
        raise UploadRefused(
            "uploads_full",
            f"Your uploads may take {room / 1e6:.0f} MB; they take {there / 1e6:.1f} MB and this one needs "
            f"{coming / 1e6:.1f} MB. Delete some of them.",
        )


def _png(picture: Pillow.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=PNG_COMPRESSION)
    return buffer.getvalue()
