"""Storage and deletion of uploads: the images that users bring as inputs."""

import hashlib
import io
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.delete_images import delete_rows, delete_with_files
from gallery.actions.media_files import remove_files, save_files
from gallery.imaging import thumbnails
from gallery.imaging.decode_limits import reserving_pixels
from gallery.imaging.metadata import PNG_COMPRESSION
from gallery.imaging.open_image import UnusableImage, detect_format, open_image
from gallery.models import Upload
from sdsite.accounts.models import User, lock_user
from sdsite.accounts.roles.backend import require
from sdsite.core.disk_space import require_floor

# Apps with a reason to take no files for now add a function here; what it raises goes to whoever brings one.
refusals: list[Callable[[User], None]] = []


class UploadRefused(ValueError):
    """An upload that is refused; `code` is `invalid_parameters` (no usable image) or `uploads_full`."""

    def __init__(self, code: str, message: str) -> None:
        """Set the stable `code` and the message for people."""
        super().__init__(message)
        self.code = code
        self.message = message


def most_bytes() -> int:
    """Return the largest size of an uploaded image file, in bytes."""
    return int(settings.ENV["SDSITE_PICTURE_MB"] * 1e6)


@reserving_pixels
def store_upload(*, owner: User, data: bytes, is_mask: bool = False) -> Upload:
    """Decode the image in `data`, store it without loss and return its row; the same image again gets its earlier row.

    A mask (`is_mask`) that is sent as an image too is an image from then on, which the uploads page shows.

    Files first, then the row: a crash in between leaves an orphan file for the sweep, never a row without a file.

    Raises:
        UploadRefused: `invalid_parameters`, not an image or not a usable one; `uploads_full`, the owner's uploads
            would exceed SDSITE_UPLOADS_MB.
        DiskFull: the site's disk is nearly full.
        DeedRefused: the roles of the owner do not let them upload images.
        What `refusals` raise.
    """
    require(owner, "gallery.upload_image")
    for refuse in refusals:
        refuse(owner)
    image, encoded, digest = _decode(data)
    earlier = _reuse(owner, digest, is_mask)
    if earlier is not None:
        return earlier
    require_floor()
    _check_quota(owner, len(encoded))
    stem = f"{str(owner.pk)[:2]}/{owner.pk}/{digest[:16]}-{secrets.token_hex(4)}"
    names = save_files(
        {
            f"uploads/{stem}.png": encoded,
            f"upload_thumbnails/{stem}.{thumbnails.FORMAT}": thumbnails.make_thumbnail(image),
        }
    )
    row = Upload(
        owner=owner,
        width=image.width,
        height=image.height,
        format=detect_format(data),
        is_mask=is_mask,
        file=names[0],
        thumbnail=names[1],
        size_bytes=len(encoded),
        sha256=digest,
    )
    try:
        with transaction.atomic():
            lock_user(owner.pk)
            _check_quota(owner, len(encoded))  # again: others may have come since
            row.save(force_insert=True)
    except UploadRefused:
        remove_files(names)
        raise
    except IntegrityError:
        remove_files(names)
        winner = _reuse(owner, digest, is_mask)
        if winner is None:
            raise
        return winner
    return row


@reserving_pixels
def prepare_upload(*, owner: User, data: bytes, is_mask: bool = False) -> Upload:
    """Return the row that `store_upload` would, without storing it; the earlier row if the same image is there already.

    Raises:
        UploadRefused, DeedRefused: as `store_upload`.
    """
    require(owner, "gallery.upload_image")
    image, encoded, digest = _decode(data)
    earlier = Upload.objects.filter(owner=owner, sha256=digest).first()
    if earlier is not None:
        return earlier
    _check_quota(owner, len(encoded))
    size = {"width": image.width, "height": image.height, "size_bytes": len(encoded)}
    return Upload(owner=owner, sha256=digest, is_mask=is_mask, **size)


def delete_uploads(*, uploads: QuerySet[Upload], actor: Any) -> int:
    """Delete uploads and their files as `delete_rows` does; return how many were deleted."""
    return delete_rows(uploads, actor=actor, action="upload.deleted")


def sweep_uploads(uploads: Sequence[Upload]) -> int:
    """Delete unused uploads; return how many were deleted. One that was used since it was read stays."""
    deleted = 0
    for upload in uploads:
        with transaction.atomic():
            still = list(Upload.objects.filter(pk=upload.pk, last_used_at=upload.last_used_at).select_for_update())
            delete_with_files(still)
            deleted += len(still)
    return deleted


def _decode(data: bytes) -> tuple[Pillow.Image, bytes, str]:
    """Return the image in `data`, the PNG file that is stored of it, and the SHA-256 of that file.

    Raises:
        UploadRefused: `invalid_parameters`, not an image or not a usable one.
    """
    try:
        image = open_image(data, most_bytes=most_bytes())
    except UnusableImage as error:
        raise UploadRefused("invalid_parameters", str(error)) from error
    encoded = _png(image)
    return image, encoded, hashlib.sha256(encoded).hexdigest()


def _reuse(owner: User, digest: str, is_mask: bool) -> Upload | None:
    found = Upload.objects.filter(owner=owner, sha256=digest).first()
    if found is not None:
        found.last_used_at = timezone.now()
        found.is_mask = found.is_mask and is_mask
        found.save(update_fields=["last_used_at", "is_mask"])
    return found


def _check_quota(owner: User, size: int) -> None:
    limit = int(settings.ENV["SDSITE_UPLOADS_MB"] * 1e6)
    stored = Upload.objects.owned_by(owner).bytes_stored()
    if stored + size > limit:
        raise UploadRefused(
            "uploads_full",
            f"Your uploads may take {limit / 1e6:.0f} MB; they take {stored / 1e6:.1f} MB and this one needs "
            f"{size / 1e6:.1f} MB. Delete some of them.",
        )


def _png(image: Pillow.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=PNG_COMPRESSION)
    return buffer.getvalue()
