"""API routes of appeals: making one against a decision about oneself, and deciding those of others; at /api/v1."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from gallery.actions.moderation.appeals import appeal, decide_appeal
from gallery.actions.moderation.people import may_decide_appeals
from gallery.api.moderation.decisions import AppealOut, Cursor, Limit, Number, appeal_facts
from gallery.models import Appeal, ModerationAction
from gallery.models.moderation import LONGEST_APPEAL
from sdsite.accounts.scopes import NotPermitted, require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Moderation"])


class AppealIn(StrictModel):
    """An appeal against one decision about you."""

    decision: Number = Field(description="Number of the decision.", examples=[17])
    text: str = Field(
        min_length=1, max_length=LONGEST_APPEAL, description="Why it should be changed.", examples=["It is a painting."]
    )


class AppealDecisionIn(StrictModel):
    """How an appeal ends."""

    outcome: Literal["accepted", "declined"] = Field(
        description="`accepted` undoes the decision.", examples=["accepted"]
    )
    answer: str = Field("", max_length=LONGEST_APPEAL, description="A sentence for who appealed.")


class ModeratedAppealOut(AppealOut):
    """An appeal as those who decide see it."""

    person: str = Field(description="User name of who appeals.", examples=["alice"])
    deed: str = Field(description="The decision.", examples=["hold"])
    moderator: str = Field(description="Who made it; empty: the site by itself.", examples=["bob"])
    image: UUID | None


class ModeratedAppealPage(BaseModel):
    """Appeals; `next` is the cursor of the next page, null on the last."""

    items: list[ModeratedAppealOut]
    next: str | None


@router.post("/appeals", response={201: AppealOut}, operation_id="make_appeal", summary="Appeal against a decision")
def make_appeal(request: HttpRequest, body: AppealIn) -> Status[AppealOut]:
    """Ask for a second look at a decision about you or an image of yours, once. Needs the scope `write`.

    Another moderator than the one who decided answers it, and you are told.
    """
    require_scope(request, "write")
    mine = ModerationAction.objects.about(request.user)  # type: ignore[arg-type]
    decision = get_object_or_404(mine, pk=body.decision)
    row = appeal(decision=decision, person=request.user, text=body.text)
    return Status(201, AppealOut(**appeal_facts(row)))


@router.get(
    "/moderation/appeals", response=ModeratedAppealPage, operation_id="list_appeals", summary="List appeals of all"
)
def list_appeals(
    request: HttpRequest,
    state: Annotated[
        Literal["open", "all"], Query(description="Only those that nobody has decided, oldest first, or all, newest.")
    ] = "open",
    limit: Limit = pagination.DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> ModeratedAppealPage:
    """Return appeals against decisions. Needs the scope `moderate`. For those who may decide appeals."""
    _require(request)
    rows = Appeal.objects.select_related("decision", "person")
    if state == "open":
        page = pagination.page(rows.open(), limit=limit, cursor=cursor, order="oldest")
    else:
        page = pagination.page(rows.all(), limit=limit, cursor=cursor)
    return ModeratedAppealPage(items=[_represent(row) for row in page.items], next=page.next)


@router.post(
    "/moderation/appeals/{number}",
    response=ModeratedAppealOut,
    operation_id="decide_appeal",
    summary="Decide an appeal",
)
def decide_one(request: HttpRequest, number: Number, body: AppealDecisionIn) -> ModeratedAppealOut:
    """Accept an appeal, which undoes the decision, or decline it. Needs the scope `moderate`.

    For those who may decide appeals, but not the moderator who made the decision, as long as there is another.
    """
    _require(request)
    accept = body.outcome == "accepted"
    decide_appeal(pk=number, actor=request.user, accept=accept, answer=body.answer)
    return _represent(Appeal.objects.select_related("decision", "person").get(pk=number))


def _require(request: HttpRequest) -> None:
    require_scope(request, "moderate")
    if not may_decide_appeals(request.user):
        raise NotPermitted


def _represent(row: Appeal) -> ModeratedAppealOut:
    return ModeratedAppealOut(
        **appeal_facts(row),
        person=row.person.username,
        deed=row.decision.deed,
        moderator=row.decision.moderator_name,
        image=row.decision.image_id,
    )
