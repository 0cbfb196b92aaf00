"""Lineage of an image as a reader sees it: what it was made from, and what was made from it."""

import uuid
from datetime import datetime
from typing import Literal

from django.urls import reverse
from pydantic import BaseModel, Field

from gallery.models import Derivation, Image, Upload
from sdsite.accounts.credentials import Credentials

MOST_CHILDREN = 60  # in one answer
CANDIDATES = 4 * MOST_CHILDREN  # newest rows looked at: some may be in the trash, or another person's
ROLES = list(Derivation.Role)


class RelatedImage(BaseModel):
    """An image or upload that another was made from, or that was made from another, and its role there."""

    id: uuid.UUID
    kind: Literal["image", "upload"]
    role: Literal["init", "upscale", "variation", "mask", "control", "reference"]
    label: str = Field(description="The role in words.", examples=["Input image"])
    width: int
    height: int
    thumbnail_url: str
    page_url: str | None = Field(description="Null for an upload.")
    created_at: datetime
    quarantined: bool = Field(description="Under review by a moderator; its thumbnail is grey.")


class LineageOut(BaseModel):
    """What an image was made from, by role, and what was made from it, newest first."""

    parents: list[RelatedImage]
    children: list[RelatedImage] = Field(description=f"At most {MOST_CHILDREN}.")


def lineage_of(image: Image, credentials: Credentials) -> LineageOut:
    """Return the lineage of `image`, without what `credentials` may not see and what is in the trash or deleted.

    At most five queries, whatever there is.
    """
    parents = sorted(
        Derivation.objects.filter(child_id=image.pk),
        key=lambda row: (ROLES.index(Derivation.Role(row.role)), row.position),
    )
    children = list(Derivation.objects.filter(parent_id=image.pk).order_by("-created_at", "-id")[:CANDIDATES])
    ids = {row.parent_id for row in parents if row.parent_id} | {row.child_id for row in children}
    images: dict[uuid.UUID | None, Image] = (
        {row.pk: row for row in Image.objects.visible_to(credentials).kept().filter(pk__in=ids)} if ids else {}
    )
    uploads = _uploads({row.upload_id for row in parents if row.upload_id}, credentials)
    made_from = [(row, images.get(row.parent_id) or uploads.get(row.upload_id)) for row in parents]
    made = {row.child_id: (row, images.get(row.child_id)) for row in reversed(children)}  # a child in two roles is one
    return LineageOut(
        parents=[_related(row, found) for row, found in made_from if found],
        children=[_related(row, found) for row, found in reversed(made.values()) if found][:MOST_CHILDREN],
    )


def _uploads(ids: set[uuid.UUID], credentials: Credentials) -> dict[uuid.UUID | None, Upload]:
    return {row.pk: row for row in Upload.objects.visible_to(credentials).filter(pk__in=ids)} if ids else {}


def _related(row: Derivation, found: Image | Upload) -> RelatedImage:
    is_image = isinstance(found, Image)
    return RelatedImage(
        id=found.pk,
        kind="image" if is_image else "upload",
        role=row.role,
        label=str(Derivation.Role(row.role).label),
        width=found.width,
        height=found.height,
        thumbnail_url=reverse("image_thumbnail" if is_image else "api:get_upload_thumbnail", args=[found.pk]),
        page_url=reverse("image", args=[found.pk]) if is_image else None,
        created_at=found.created_at,
        quarantined=isinstance(found, Image) and found.quarantined_at is not None,
    )
