"""Representations of images and uploads, shared by the API, pages and websockets."""

import uuid
from datetime import datetime
from typing import Any, Literal

from django.urls import reverse
from pydantic import BaseModel, Field

from gallery.models import Image, Like, Upload
from gallery.models.image import THUMBNAIL_COLUMNS
from sdsite.accounts.credentials import Credentials


class ImageOut(BaseModel):
    """One image: its size in pixels, its seed, its parameters, and the addresses of its files."""

    id: uuid.UUID
    job_id: uuid.UUID
    index: int
    seed: int
    width: int
    height: int
    format: str
    file_url: str
    thumbnail_url: str
    srcset: str = Field(description="Thumbnails by width, as the attribute `srcset` of an HTML image takes them.")
    thumbhash: str | None = Field(description="ThumbHash, base64; null: not computed yet, or under review.")
    page_url: str
    created_at: datetime
    favourite: bool = Field(description="Marked by its owner.")
    rating: int = Field(description="Stars of its owner: 0 (none) to 5.")
    trashed_at: datetime | None = Field(description="In the trash since; null: it is not.")
    visibility: Literal["private", "members", "public"] = Field(description="Who may see it besides its owner.")
    published_at: datetime | None = Field(description="Visible to others since.")
    likes: int
    parameters: dict[str, Any]
    tags: list[str] = Field(description="Tags that its owner gave it, sorted by name.")
    quarantined: bool = Field(description="Under review by a moderator; until it is approved, its file is not served.")
    safety: dict[str, Any] = Field(description="Verdict of the site's safety checker, if any: score, labels, action.")
    base64: str | None = Field(
        None, exclude_if=lambda value: value is None, description="The file; only if `images=base64` asked for it."
    )


class ImageDetailOut(ImageOut):
    """One image with everything that is known about it."""

    owner: str = Field(description="Name of the person whose image it is.")
    is_own: bool
    liked: bool = Field(description="Whether you like it.")
    size_bytes: int
    sha256: str = Field(description="SHA-256 of the stored file.")
    note: str = Field(description="Note of its owner, only for them; Markdown is not rendered.")
    strips_metadata: bool = Field(description="Others get its file without prompt and settings.")
    collections: list[uuid.UUID] = Field(description="Ids of the collections it is in; only for its owner.")
    kept_steps: list[int] = Field(description="Steps whose previews are kept with it.", examples=[[4, 8, 12]])
    receipt: dict[str, Any] = Field(description="How it was generated: hashes of weights, versions, seconds, ...")


def thumbnail_srcset(image: Image) -> str:
    """Return the thumbnails of an image with their widths in pixels: "/images/ID/thumbnail?size=256 192w, ..."."""
    address = reverse("image_thumbnail", args=[image.pk])
    sides = [side for side, column in THUMBNAIL_COLUMNS.items() if getattr(image, column)]
    longest = max(image.width, image.height)
    widths = {side: max(1, round(image.width * min(1, side / longest))) for side in sides}
    return ", ".join(f"{address}?size={side} {width}w" for side, width in widths.items())


def serialize_image(image: Image) -> ImageOut:
    """Return the representation of one image. Prefetch the tags of several (`prefetch_related("tags")`)."""
    return ImageOut(
        id=image.pk,
        job_id=image.job_id,
        index=image.index,
        seed=image.seed,
        width=image.width,
        height=image.height,
        format=image.format,
        file_url=reverse("image_file", args=[image.pk]),
        thumbnail_url=reverse("image_thumbnail", args=[image.pk]),
        srcset=thumbnail_srcset(image),
        thumbhash=None if image.quarantined_at else image.thumbhash,  # it is a small version of the pixels
        page_url=reverse("image", args=[image.pk]),
        created_at=image.created_at,
        favourite=image.is_favourite,
        rating=image.rating,
        trashed_at=image.trashed_at,
        visibility=image.visibility,
        published_at=image.published_at,
        likes=image.likes_count,
        parameters=image.parameters,
        tags=[tag.name for tag in image.tags.all()],
        quarantined=image.quarantined_at is not None,
        safety=image.safety,
    )


def serialize_image_in_detail(image: Image, *, to: Credentials) -> ImageDetailOut:
    """Return one image and its receipt as `to` sees it; others may get it without settings, and never its marks."""
    is_own = image.owner_id == to.user.pk
    image = image.as_seen_by(to)
    return ImageDetailOut(
        **serialize_image(image).model_dump(),
        kept_steps=image.kept_steps,
        receipt=image.receipt,
        owner=image.owner.username,
        is_own=is_own,
        liked=to.user.is_authenticated and Like.objects.filter(image=image.pk, user=to.user.pk).exists(),
        size_bytes=image.size_bytes,
        sha256=image.sha256,
        note=image.note if is_own else "",
        strips_metadata=image.strips_metadata,
        collections=list(image.items.values_list("collection", flat=True)) if is_own else [],
    )


class UploadOut(BaseModel):
    """One upload: its size in pixels, the format it was sent in, and its name in requests (`reference`)."""

    id: uuid.UUID
    reference: str
    kind: Literal["image", "mask"] = Field(description="mask: it was only ever sent as a mask.")
    width: int
    height: int
    format: str
    size_bytes: int
    file_url: str
    thumbnail_url: str
    created_at: datetime
    last_used_at: datetime


def serialize_upload(upload: Upload) -> UploadOut:
    """Return the representation of one upload."""
    return UploadOut(
        id=upload.pk,
        reference=upload.reference,
        kind="mask" if upload.is_mask else "image",
        width=upload.width,
        height=upload.height,
        format=upload.format,
        size_bytes=upload.size_bytes,
        file_url=reverse("api:get_upload_file", args=[upload.pk]),
        thumbnail_url=reverse("api:get_upload_thumbnail", args=[upload.pk]),
        created_at=upload.created_at,
        last_used_at=upload.last_used_at,
    )
