"""API routes of images; the site mounts them at /api/v1."""

import uuid
from enum import IntEnum
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.actions.delete_images import delete_images
from gallery.actions.marks import mark_image
from gallery.actions.trash import trash_images
from gallery.file_responses import Download, Metadata, Quarantined, respond_with_file
from gallery.lineage import LineageOut, lineage_of
from gallery.models import Image
from gallery.models.image import LONGEST_NOTE, MOST_STARS
from gallery.search.filters import ImageFilter, columns_of, filter_images
from gallery.search.nearest import page_of_nearest
from gallery.search.scope import searched_images
from gallery.serializers import ImageDetailOut, ImageOut, serialize_image, serialize_image_in_detail
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Images"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {"responses": {200: {"content": {kind: _BINARY for kind in ("image/png", "image/jpeg", "image/webp")}}}}
_THUMBNAIL = {"responses": {200: {"content": {"image/webp": _BINARY}}}}


class ThumbnailSide(IntEnum):
    """Longest side of a thumbnail in pixels; a smaller image is not enlarged."""

    SMALL = 256
    MEDIUM = 512
    LARGE = 1024


class ImageChange(StrictModel):
    """Changes to the marks of an image; fields left out stay as they are."""

    favourite: bool | None = Field(None, examples=[True])
    rating: int | None = Field(None, ge=0, le=MOST_STARS, description="Stars; 0: none.", examples=[4])
    note: str | None = Field(
        None,
        description=f"Plain text of at most {LONGEST_NOTE} characters; only you see it.",
        examples=["For the exhibition"],
    )
    strips_metadata: bool | None = Field(None, description="Others get the image without prompt and settings.")


class DeletedOut(BaseModel):
    """Number of images that were moved to the trash."""

    deleted: int = Field(examples=[4])


class ImagePage(BaseModel):
    """Images, newest first unless asked otherwise; `next` is the cursor of the next page, null on the last."""

    items: list[ImageOut]
    next: str | None


@router.get("/images", response=ImagePage, operation_id="list_images", summary="List and search your images")
def list_images(
    request: HttpRequest,
    wanted: Annotated[ImageFilter, Query()],
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
    order: Annotated[
        pagination.Order | None,
        Query(description="Which come first: the newest, or with `similar` or `meaning` the nearest."),
    ] = None,
) -> ImagePage:
    """Return your images that match all conditions, a page at a time. Needs the scope `read`."""
    require_scope(request, "read")
    credentials = get_credentials(request)
    searched = searched_images(credentials, wanted.scope, columns_of(wanted))
    matching = filter_images(searched.images, wanted, searched.owner, limit, reader=credentials)
    matching = matching.prefetch_related("tags")
    if order is None and (reference := wanted.reference(credentials)):
        page = page_of_nearest(matching, reference, limit, cursor)
    else:
        page = pagination.page(matching, limit=limit, cursor=cursor, order=order or "newest")
    return ImagePage(items=[serialize_image(image.as_seen_by(credentials)) for image in page.items], next=page.next)


@router.get("/images/{image_id}", response=ImageDetailOut, operation_id="get_image", summary="Get an image")
def get_image(request: HttpRequest, image_id: uuid.UUID) -> ImageDetailOut:
    """Return an image's size, seed, parameters and receipt, and the address of its file. Needs the scope `read`."""
    require_scope(request, "read")
    image = get_object_or_404(Image.objects.visible_to(get_credentials(request)), pk=image_id)
    return serialize_image_in_detail(image, to=get_credentials(request))


@router.get(
    "/images/{image_id}/lineage",
    response=LineageOut,
    operation_id="get_image_lineage",
    summary="Get what an image was made from, and what was made from it",
)
def get_image_lineage(request: HttpRequest, image_id: uuid.UUID) -> LineageOut:
    """Return the images and uploads that an image was made from, and the images made from it, newest first.

    What you may not see, what is in the trash and what was deleted is left out. Needs the scope `read`.
    """
    require_scope(request, "read")
    credentials = get_credentials(request)
    return lineage_of(get_object_or_404(Image.objects.visible_to(credentials), pk=image_id), credentials)


@router.patch("/images/{image_id}", response=ImageDetailOut, operation_id="mark_image", summary="Mark an image")
def patch_image(request: HttpRequest, image_id: uuid.UUID, body: ImageChange) -> ImageDetailOut:
    """Change favourite, rating or note of one of your images, or what others get of it. Needs the scope `write`."""
    require_scope(request, "write")
    owner: Any = request.user
    image = get_object_or_404(Image.objects.owned_by(owner), pk=image_id)
    marked = mark_image(image=image, **body.model_dump())
    return serialize_image_in_detail(marked, to=get_credentials(request))


@router.delete("/images/{image_id}", response={204: None}, operation_id="delete_image", summary="Delete an image")
def delete_image(
    request: HttpRequest,
    image_id: uuid.UUID,
    permanently: Annotated[bool, Query(description="Delete it for good if it is in the trash already.")] = False,
) -> HttpResponse:
    """Move one of your images to the trash; one that is there already stays there. Needs the scope `write`.

    Nothing deletes an image under review for good before a moderator has looked at it.
    """
    require_scope(request, "write")
    owner: Any = request.user
    own = Image.objects.owned_by(owner).filter(pk=image_id)
    done = trash_images(images=own, owner=owner)
    if not done and permanently:
        if own.trashed().quarantined().exists():
            raise Quarantined
        done = delete_images(images=own.trashed(), actor=owner)
    if not done and not own.exists():
        raise Image.DoesNotExist
    return HttpResponse(status=204)


@router.delete(
    "/jobs/{job_id}/images",
    response=DeletedOut,
    operation_id="delete_job_images",
    summary="Delete the images of a job",
)
def delete_job_images(request: HttpRequest, job_id: uuid.UUID) -> DeletedOut:
    """Move all your images of one job to the trash; the job itself stays. Needs the scope `write`."""
    require_scope(request, "write")
    owner: Any = request.user
    deleted = trash_images(images=Image.objects.owned_by(owner).of_job(job_id), owner=owner)
    if not deleted:
        raise Image.DoesNotExist
    return DeletedOut(deleted=deleted)


@router.get(
    "/images/{image_id}/file",
    operation_id="get_image_file",
    summary="Get an image's file",
    openapi_extra=_FILE,
)
def get_image_file(
    request: HttpRequest, image_id: uuid.UUID, metadata: Metadata = "keep", download: Download = None
) -> HttpResponse:
    """Return the file; it never changes. With `?download` the response suggests a file name. Needs the scope `read`.

    With `?metadata=none` it has the same pixels, and neither prompt nor settings nor EXIF.
    """
    require_scope(request, "read")
    image = get_object_or_404(Image.objects.visible_to(get_credentials(request)), pk=image_id)
    return respond_with_file(request, image)


@router.get(
    "/images/{image_id}/thumbnail",
    operation_id="get_image_thumbnail",
    summary="Get an image's thumbnail",
    openapi_extra=_THUMBNAIL,
)
def get_image_thumbnail(
    request: HttpRequest,
    image_id: uuid.UUID,
    size: Annotated[ThumbnailSide, Query(description="Longest side in pixels.")] = ThumbnailSide.MEDIUM,
    download: Download = None,
) -> HttpResponse:
    """Return the thumbnail, a WebP image of at most `size` pixels on its longest side. Needs the scope `read`."""
    require_scope(request, "read")
    image = get_object_or_404(Image.objects.visible_to(get_credentials(request)), pk=image_id)
    return respond_with_file(request, image, thumbnail=size)
