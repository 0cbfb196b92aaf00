"""API routes of actions on many images, and of undoing them; the site mounts them at /api/v1."""

import uuid
from typing import Any, Literal, Self

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import BaseModel, Field, model_validator

from gallery.actions.bulk.run import MOST_IDS, MOST_IMAGES, run_action, undo_action
from gallery.models import Image
from gallery.search.filters import ImageFilter
from gallery.zip_files import select_images, zip_response
from sdsite.accounts.scopes import require_scope
from sdsite.core.backpressure import get_backpressure
from sdsite.core.schemas import StrictModel

router = Router(tags=["Many images"])

_BINARY = {"type": "string", "format": "binary"}

ActionName = Literal[
    "favourite",
    "unfavourite",
    "rate",
    "tag",
    "untag",
    "collect",
    "remove_from_collection",
    "visibility",
    "trash",
    "restore",
    "delete",
]


class Search(StrictModel, ImageFilter):
    """A search as `GET /api/v1/images` takes it; {} is every image."""


class Selected(StrictModel):
    """Images by their ids, or by a search: one of the two."""

    ids: list[uuid.UUID] | None = Field(
        None, min_length=1, max_length=MOST_IDS, description=f"1 to {MOST_IDS} ids of your images."
    )
    search: Search | None = Field(None, description=f"All of your images that match, {MOST_IMAGES:,} at most.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.ids is None) == (self.search is None):
            raise ValueError("send ids or search, one of the two")
        return self


class BulkIn(Selected):
    """An action, and the images that it is for."""

    action: ActionName = Field(description="`restore` and `delete` are for images in the trash, all others are not.")
    value: int | str | list[str] | None = Field(
        None,
        description="`rate`: 0 to 5. `tag`, `untag`: tags. `collect`: id of a collection, or its name (created where "
        "there is none). `remove_from_collection`: id. `visibility`: private, members or public.",
        examples=[["to print"]],
    )


class BulkOut(BaseModel):
    """What an action did."""

    images: int = Field(description="Your images that it was done with; others are passed over.", examples=[50])
    action: str = Field(examples=["trash"])
    undo: uuid.UUID | None = Field(
        description="Send it to `POST /api/v1/images/bulk/undo` within 10 minutes; null: nothing to undo."
    )


class UndoIn(StrictModel):
    """An action to undo."""

    undo: uuid.UUID = Field(description="The `undo` of its answer.")


class ZipIn(Selected):
    """Images to download together."""

    metadata: bool = Field(True, description="False: without JSON files, and image files without prompt and settings.")
    steps: bool = Field(False, description="True: with the previews of kept steps, in a folder beside each image.")


@router.post(
    "/images/zip",
    operation_id="zip_images",
    summary="Download many images as a zip file",
    openapi_extra={"responses": {200: {"content": {"application/zip": {"schema": _BINARY}}}}},
)
def zip_images(request: HttpRequest, body: ZipIn) -> HttpResponseBase:
    """Send a zip file of at most 10,000 images, each with a JSON file of its parameters. Needs the scope `read`.

    One at a time for each person; 429 with `Retry-After` while another one is sent.
    """
    require_scope(request, "read")
    owner: Any = request.user
    packed = select_images(owner=owner, ids=body.ids, search=body.search)
    if not packed:
        raise Image.DoesNotExist
    backpressure = get_backpressure(request)
    return zip_response(packed, owner, backpressure=backpressure, metadata=body.metadata, steps=body.steps)


@router.post("/images/bulk", response=BulkOut, operation_id="change_images", summary="Change many images")
def change_images(request: HttpRequest, body: BulkIn) -> BulkOut:
    """Do something with many of your images; all but `delete` can be undone for 10 minutes. Needs the scope `write`."""
    require_scope(request, "write")
    done = run_action(owner=request.user, action=body.action, value=body.value, ids=body.ids, search=body.search)
    return BulkOut(images=done.images, action=done.action, undo=done.undo)


@router.post("/images/bulk/undo", response=BulkOut, operation_id="undo_change_of_images", summary="Undo an action")
def undo_change_of_images(request: HttpRequest, body: UndoIn) -> BulkOut:
    """Restore what an action changed, unless it was changed again since; a second time does nothing. Scope: `write`."""
    require_scope(request, "write")
    done = undo_action(owner=request.user, token=body.undo)
    return BulkOut(images=done.images, action=done.action, undo=None)
