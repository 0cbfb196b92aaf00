"""API routes of moderation: images under review or reported, and what is decided about them; mounted at /api/v1.

Every decision is written down and recorded in the audit log, as in the admin, by `gallery.actions.moderation`.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.actions.moderation import Decided, decide, delete_for_good, describe_conflict
from gallery.actions.moderation.people import ABOUT_PEOPLE, decide_about_owners
from gallery.api.moderation.decisions import require_moderator
from gallery.models import Image, ModerationAction, Report
from gallery.models.image import ImageQuerySet
from gallery.models.moderation import LONGEST_DECISION_TEXT
from gallery.serializers import ImageOut, serialize_image
from sdsite.accounts.roles.backend import require
from sdsite.accounts.scopes import NotPermitted, require_permission, require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Moderation"])

SCOPE = "moderate"
MOST_IDS = 1000  # of one action
State = Literal["held", "reported", "shown", "all"]
Moment = Literal["quarantined_at", "created_at"]


class OpenReportOut(BaseModel):
    """What a person told the moderators about an image, and nobody has dealt with yet."""

    id: uuid.UUID
    reason: str = Field(examples=["violence"])
    text: str
    reporter: str | None = Field(description="User name; null: the person is gone.", examples=["charlie"])
    created_at: datetime


class ModeratedOut(ImageOut):
    """An image as moderators see it: with its owner, the time it was put under review, and reports of it."""

    owner: str = Field(description="User name of the owner.")
    held_since: datetime | None = Field(description="When it was put under review; null: it is not.")
    blurred: bool = Field(description="Whether others see it blurred.")
    last_decision: int | None = Field(description="Number of the last decision about it; null: there was none.")
    reports: list[OpenReportOut] = Field(description="Open reports, newest first.")


class ModeratedPage(BaseModel):
    """Images in the order of their state; `next` is the cursor of the next page, null on the last."""

    items: list[ModeratedOut]
    next: str | None


Action = Literal["approve", "blur", "hold", "private", "delete", "warn", "suspend", "resolve", "release"]
Reason = Literal["sexual", "violence", "hate", "person", "rights", "spam", "rule", "other"]


class ModerationIn(StrictModel):
    """A decision, its reason, and the images of whomever that it is about."""

    action: Action = Field(
        description="`blur` shows it to others blurred; `private` closes share links too; `delete` moves it to the "
        "trash, from which its owner cannot take it; `warn` and `suspend` are about the owners; `resolve` only ends "
        "the open reports; `release` is the older name of `approve`.",
        examples=["hold"],
    )
    ids: list[uuid.UUID] = Field(min_length=1, max_length=MOST_IDS, description=f"1 to {MOST_IDS} ids of images.")
    reason: Reason | None = Field(None, description="Why, for the owner.", examples=["violence"])
    text: str = Field(
        "", max_length=LONGEST_DECISION_TEXT, description="Why, in the moderator's own words, for the owner."
    )
    days: Literal[1, 7, 30] | None = Field(None, description="Of `suspend`: for how long; null: for good.")
    last: dict[uuid.UUID, int | None] = Field(
        default_factory=dict,
        max_length=MOST_IDS,
        description="`last_decision` of images as it was read: one about which somebody else decided since is left "
        "alone, and is among the `conflicts`.",
    )


class ConflictOut(BaseModel):
    """An image about which somebody else decided meanwhile, and what they decided."""

    id: uuid.UUID
    decision: int = Field(description="Number of that decision.", examples=[17])
    message: str = Field(description="A sentence for people.", examples=["bob has decided meanwhile: Approved."])


class ModerationDoneOut(BaseModel):
    """What a decision did."""

    action: str = Field(examples=["hold"])
    ids: list[uuid.UUID] = Field(description="Images about which it was made; others are passed over.")
    decisions: dict[str, int] = Field(description="Numbers of the decisions by image.")
    conflicts: list[ConflictOut] = Field(description="Images that were left alone, because somebody else was faster.")
    refused: dict[str, str] = Field(
        description="By image, why nothing was decided: its owner may not be warned or suspended by you, or is you."
    )


@router.get(
    "/moderation/images",
    response=ModeratedPage,
    operation_id="list_moderated_images",
    summary="List images under review or reported",
)
def list_moderated_images(
    request: HttpRequest,
    state: Annotated[
        State, Query(description="Images under review, with open reports, not under review, or all.")
    ] = "held",
    owner: Annotated[str | None, Query(description="Only images of the user with this name.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> ModeratedPage:
    """Return images of all users, the last held or reported first, or the newest. Needs the scope `moderate`.

    For staff who may view images.
    """
    _require_viewer(request)
    if state == "reported":
        return _reported(owner, limit, cursor)
    images = Image.objects.kept().select_related("owner").prefetch_related("tags")
    images = {"held": images.quarantined, "shown": images.viewable, "all": images.all}[state]()
    if owner is not None:
        images = images.filter(owner__username=owner)
    moment: Moment = "quarantined_at" if state == "held" else "created_at"
    page = pagination.page(images, limit=limit, cursor=cursor, moment=moment)
    return ModeratedPage(items=_represent(page.items), next=page.next)


def _reported(owner: str | None, limit: int, cursor: str | None) -> ModeratedPage:
    """Return images with open reports, by the newest of each; the cost is that of the open reports."""
    reports = Report.objects.open().of_kept_images()
    if owner is not None:
        reports = reports.filter(image__owner__username=owner)
    rows = reports.order_by().values("image").annotate(reported_at=Max("created_at"))
    if cursor:
        moment, pk = pagination.decode_cursor(cursor)
        rows = rows.filter(Q(reported_at__lt=moment) | Q(reported_at=moment, image__lt=pk))
    found = list(rows.order_by("-reported_at", "-image")[: limit + 1])
    items = found[:limit]
    images = Image.objects.select_related("owner").prefetch_related("tags").in_bulk([row["image"] for row in items])
    last = pagination.encode_cursor(items[-1]["reported_at"], items[-1]["image"]) if len(found) > limit else None
    return ModeratedPage(items=_represent(images[row["image"]] for row in items if row["image"] in images), next=last)


@router.post(
    "/moderation/images/bulk",
    response=ModerationDoneOut,
    operation_id="moderate_images",
    summary="Moderate many images",
)
def moderate_images(request: HttpRequest, body: ModerationIn) -> ModerationDoneOut:
    """Decide about many images of whomever, or warn or suspend their owners. Needs the scope `moderate`.

    For moderators. Each decision is a row of its own, and the owners are told. What is so already is passed over.
    """
    _require_moderator(request)
    if body.action == "suspend":
        require(request.user, "accounts.suspend_user")
    images = Image.objects.filter(pk__in=set(body.ids))
    grounds: dict[str, Any] = {"actor": request.user, "reason": body.reason or "", "text": body.text}
    if body.action in ABOUT_PEOPLE:
        done = decide_about_owners(deed=body.action, images=images, days=body.days, **grounds)
    else:
        deed = "approve" if body.action == "release" else body.action
        done = decide(deed=deed, images=images, last=body.last, **grounds)
    return _represent_done(body, done)


def _represent_done(body: ModerationIn, done: Decided) -> ModerationDoneOut:
    numbers = {str(pk): row.pk for pk, row in done.made.items()}
    conflicts = [ConflictOut(id=pk, decision=row.pk, message=describe_conflict(row)) for pk, row in done.before.items()]
    ids = [pk for pk in dict.fromkeys(body.ids) if pk in done.made]
    refused = {str(pk): why for pk, why in done.refused.items()}
    return ModerationDoneOut(action=body.action, ids=ids, decisions=numbers, conflicts=conflicts, refused=refused)


@router.post(
    "/moderation/images/{image_id}/release",
    response=ModeratedOut,
    operation_id="release_image",
    summary="Approve an image",
)
def release_image(request: HttpRequest, image_id: uuid.UUID) -> ModeratedOut:
    """End the review of an image, so that its owner sees it; others stay as they are. Needs the scope `moderate`.

    For moderators.
    """
    _require_moderator(request)
    _decide_one("approve", image_id, request.user)
    return _represent_one(image_id)


@router.post(
    "/moderation/images/{image_id}/hold",
    response=ModeratedOut,
    operation_id="hold_image",
    summary="Put an image under review",
)
def hold_image(request: HttpRequest, image_id: uuid.UUID) -> ModeratedOut:
    """Put an image under review: its owner sees its row, but none of its pixels. Needs the scope `moderate`.

    For moderators.
    """
    _require_moderator(request)
    _decide_one("hold", image_id, request.user)
    return _represent_one(image_id)


@router.delete(
    "/moderation/images/{image_id}",
    response={204: None},
    operation_id="delete_moderated_image",
    summary="Delete an image of any user",
)
def delete_moderated_image(request: HttpRequest, image_id: uuid.UUID) -> HttpResponse:
    """Delete an image of any user for good, its file and its thumbnail. Needs the scope `moderate`.

    For moderators.
    """
    _require_moderator(request)
    if not delete_for_good(images=_one(image_id), actor=request.user):
        raise Image.DoesNotExist
    return HttpResponse(status=204)


def _decide_one(deed: str, image_id: uuid.UUID, actor: Any) -> None:
    """Decide about one image.

    Raises:
        NotPermitted: it is the moderator's own.
    """
    for why in decide(deed=deed, images=_one(image_id), actor=actor).refused.values():
        raise NotPermitted(why)


def _require_viewer(request: HttpRequest) -> None:
    require_scope(request, SCOPE)
    require_permission(request, "gallery.view_image")  # as in the admin


def _require_moderator(request: HttpRequest) -> None:
    require_scope(request, SCOPE)
    require_moderator(request)


def _one(image_id: uuid.UUID) -> ImageQuerySet:
    return Image.objects.filter(pk=image_id)


def _represent_one(image_id: uuid.UUID) -> ModeratedOut:
    return _represent([get_object_or_404(_one(image_id).select_related("owner"))])[0]


def _represent(images: Iterable[Image]) -> list[ModeratedOut]:
    shown = list(images)
    last = ModerationAction.objects.last_of_images([image.pk for image in shown])
    reports: dict[uuid.UUID | None, list[OpenReportOut]] = defaultdict(list)
    for report in Report.objects.open().filter(image__in=shown).select_related("reporter"):
        reporter = report.reporter.username if report.reporter else None
        reports[report.image_id].append(
            OpenReportOut(
                id=report.pk,
                reason=report.reason,
                text=report.text,
                reporter=reporter,
                created_at=report.created_at,
            )
        )
    return [
        ModeratedOut(
            **serialize_image(image).model_dump(),
            owner=image.owner.username,
            held_since=image.quarantined_at,
            blurred=image.blurred_at is not None,
            last_decision=last.get(image.pk),
            reports=reports[image.pk],
        )
        for image in shown
    ]
