"""API routes of sharing: links, likes and reports; the site mounts them at /api/v1."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from gallery.actions import sharing
from gallery.actions.publication import create_judged_link
from gallery.models import Collection, Image, Report, ShareLink
from gallery.models.sharing import LONGEST_PASSWORD, LONGEST_REASON_TEXT
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Sharing"])


class LinkIn(StrictModel):
    """A share link to make."""

    expires_at: datetime | None = Field(None, description="When it closes by itself; left out: never.")
    password: str = Field("", description=f"Asked for before anything is shown; at most {LONGEST_PASSWORD} characters.")


class LinkOut(BaseModel):
    """A share link; everyone who has its URL sees the image or collection."""

    id: uuid.UUID
    url: str = Field(examples=["https://example.org/s/0Jq3V0nq3Qq8m8rXnq0h5xZs/"])
    image: uuid.UUID | None
    collection: uuid.UUID | None
    has_password: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    is_open: bool = Field(description="False: revoked or expired.")
    created_at: datetime


class LinkPage(BaseModel):
    """Share links, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[LinkOut]
    next: str | None


class LikesOut(BaseModel):
    """How many people like an image, and whether you do."""

    likes: int = Field(examples=[3])
    liked: bool


class ReportIn(StrictModel):
    """Why you report an image."""

    reason: str = Field(description=f"One of {', '.join(Report.Reason.values)}.", examples=["rights"])
    text: str = Field("", description=f"More about it, for the moderators; at most {LONGEST_REASON_TEXT} characters.")


def _represent(request: HttpRequest, link: ShareLink) -> LinkOut:
    return LinkOut(
        id=link.pk,
        url=request.build_absolute_uri(reverse("shared", args=[link.token])),
        image=link.image_id,
        collection=link.collection_id,
        has_password=bool(link.password),
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        is_open=link.is_open(),
        created_at=link.created_at,
    )


def _create(request: HttpRequest, body: LinkIn, **target: Any) -> Status[LinkOut]:
    ends = _aware(body.expires_at)
    link = create_judged_link(owner=request.user, expires_at=ends, password=body.password, **target)
    return Status(201, _represent(request, link))


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


@router.post(
    "/images/{image_id}/links", response={201: LinkOut}, operation_id="share_image", summary="Make a link to an image"
)
def share_image(request: HttpRequest, image_id: uuid.UUID, body: LinkIn) -> Status[LinkOut]:
    """Make a link that shows one of your images to everyone who has it. Needs the scope `write`."""
    require_scope(request, "write")
    own = Image.objects.owned_by(request.user).kept()  # type: ignore[arg-type]
    return _create(request, body, image=get_object_or_404(own, pk=image_id))


@router.post(
    "/collections/{collection_id}/links",
    response={201: LinkOut},
    operation_id="share_collection",
    summary="Make a link to a collection",
)
def share_collection(request: HttpRequest, collection_id: uuid.UUID, body: LinkIn) -> Status[LinkOut]:
    """Make a link that shows your images in one of your collections, also later ones. Needs the scope `write`."""
    require_scope(request, "write")
    own = Collection.objects.owned_by(request.user)
    return _create(request, body, collection=get_object_or_404(own, pk=collection_id))


@router.get("/share-links", response=LinkPage, operation_id="list_share_links", summary="List your share links")
def list_share_links(
    request: HttpRequest,
    image: Annotated[uuid.UUID | None, Query(description="Only links to this image.")] = None,
    collection: Annotated[uuid.UUID | None, Query(description="Only links to this collection.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> LinkPage:
    """Return your links, also those that are closed, newest first. Needs the scope `read`."""
    require_scope(request, "read")
    wanted = {name: pk for name, pk in (("image", image), ("collection", collection)) if pk is not None}
    own = ShareLink.objects.owned_by(request.user).filter(**wanted)  # type: ignore[arg-type]
    page = pagination.page(own, limit=limit, cursor=cursor)
    return LinkPage(items=[_represent(request, link) for link in page.items], next=page.next)


@router.delete(
    "/share-links/{link_id}", response={204: None}, operation_id="revoke_share_link", summary="Revoke a share link"
)
def revoke_share_link(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    """Close a link at once and for good; repeating it changes nothing. Needs the scope `write`."""
    require_scope(request, "write")
    own = ShareLink.objects.owned_by(request.user).filter(pk=link_id)  # type: ignore[arg-type]
    if not own.exists():
        raise ShareLink.DoesNotExist
    sharing.revoke_links(links=own, actor=request.user)
    return HttpResponse(status=204)


def _seen(request: HttpRequest, image_id: uuid.UUID) -> Image:
    return get_object_or_404(Image.objects.visible_to(get_credentials(request)).kept(), pk=image_id)


@router.put("/images/{image_id}/like", response=LikesOut, operation_id="like_image", summary="Like an image")
def like_image(request: HttpRequest, image_id: uuid.UUID) -> LikesOut:
    """Like an image that you may see; repeating it changes nothing. Needs the scope `write`."""
    require_scope(request, "write")
    return LikesOut(likes=sharing.like(user=request.user, image=_seen(request, image_id)), liked=True)


@router.delete("/images/{image_id}/like", response=LikesOut, operation_id="unlike_image", summary="Take back a like")
def unlike_image(request: HttpRequest, image_id: uuid.UUID) -> LikesOut:
    """Take back your like of an image; repeating it changes nothing. Needs the scope `write`."""
    require_scope(request, "write")
    return LikesOut(likes=sharing.unlike(user=request.user, image=_seen(request, image_id)), liked=False)


@router.post("/images/{image_id}/report", response={204: None}, operation_id="report_image", summary="Report an image")
def report_image(request: HttpRequest, image_id: uuid.UUID, body: ReportIn) -> HttpResponse:
    """Tell the moderators about an image of another person. Needs the scope `write`."""
    require_scope(request, "write")
    sharing.report_image(reporter=request.user, image=_seen(request, image_id), reason=body.reason, text=body.text)
    return HttpResponse(status=204)
