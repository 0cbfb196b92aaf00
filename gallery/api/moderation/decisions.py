"""API routes of decisions: one's own, all of them for administrators with an export, and undoing; at /api/v1."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from ninja.responses import NinjaJSONEncoder
from pydantic import BaseModel, Field

from gallery.actions.moderation.people import may_moderate
from gallery.actions.moderation.undoing import undo_many
from gallery.models import Appeal, ModerationAction
from gallery.models.moderation import DecisionQuerySet
from sdsite.accounts.scopes import NotPermitted, require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Moderation"])

MOST_UNDONE = 1000  # decisions in one request
MOST_EXPORTED = 100_000
LONGEST_NAME = 150
Deed = Literal["approve", "blur", "hold", "private", "delete", "warn", "suspend", "resolve", "restore", "uphold"]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")]
Cursor = Annotated[str | None, Query(description="The `next` of the previous page.")]


class AppealOut(BaseModel):
    """An appeal against a decision, and how it ended."""

    id: int = Field(examples=[4])
    decision: int = Field(description="Number of the decision.", examples=[17])
    text: str
    created_at: datetime
    outcome: str = Field(description="accepted or declined; empty: not decided yet.", examples=["declined"])
    answer: str
    decided_at: datetime | None


class OwnDecisionOut(BaseModel):
    """A decision about oneself or an image of one's own."""

    id: int = Field(examples=[17])
    at: datetime
    deed: str = Field(examples=["hold"])
    image: UUID | None = Field(description="The image, which may be gone.")
    reason: str = Field(description="From the list; may be empty.", examples=["violence"])
    text: str = Field(description="In the moderator's words; may be empty.")
    days: int | None = Field(description="Length of a suspension; null: for good, or it is none.")
    undone: bool = Field(description="Whether it was undone.")
    appeal: AppealOut | None = Field(description="Your appeal against it; null: there is none.")


class DecisionOut(OwnDecisionOut):
    """A decision as administrators see it."""

    moderator: str = Field(description="Who decided; empty: the site by itself.", examples=["bob"])
    person: str = Field(description="Whom it is about.", examples=["alice"])
    rule: str = Field(description="The rule that decided; may be empty.")
    undoes: int | None = Field(description="The decision that it undid.")


class OwnDecisionPage(BaseModel):
    """Decisions about oneself, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[OwnDecisionOut]
    next: str | None


class DecisionPage(BaseModel):
    """Decisions, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[DecisionOut]
    next: str | None


class DecisionFilter(StrictModel):
    """Conditions of decisions; all of those given must hold."""

    moderator: str | None = Field(None, max_length=LONGEST_NAME, description="User name of who decided.")
    person: str | None = Field(None, max_length=LONGEST_NAME, description="User name of whom it is about.")
    deed: Deed | None = Field(None, description="What was decided.")
    image: UUID | None = Field(None, description="Only about this image.")
    since: datetime | None = Field(None, description="From this moment.")
    until: datetime | None = Field(None, description="Before this moment.")


class DecisionListQuery(DecisionFilter):
    """Conditions, and the page."""

    limit: int = Field(
        pagination.DEFAULT_ITEMS, ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page."
    )
    cursor: str | None = Field(None, description="The `next` of the previous page.")


class UndoIn(StrictModel):
    """Decisions to undo."""

    decisions: list[Number] = Field(
        min_length=1, max_length=MOST_UNDONE, description=f"1 to {MOST_UNDONE} numbers of decisions.", examples=[[17]]
    )


class UndoneOut(BaseModel):
    """What undoing did."""

    undone: list[int] = Field(description="Decisions that were undone.")
    refused: dict[str, str] = Field(description="By number, why the others were not.")


def filter_decisions(wanted: DecisionFilter) -> DecisionQuerySet:
    """Return the decisions that `wanted` describes."""
    conditions = {
        "moderator_name": wanted.moderator,
        "person_name": wanted.person,
        "deed": wanted.deed,
        "image": wanted.image,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    given = {name: value for name, value in conditions.items() if value is not None}
    return ModerationAction.objects.filter(**given).select_related("undone_by", "appeal")


@router.get(
    "/decisions", response=OwnDecisionPage, operation_id="list_own_decisions", summary="List decisions about you"
)
def list_own_decisions(
    request: HttpRequest, limit: Limit = pagination.DEFAULT_ITEMS, cursor: Cursor = None
) -> OwnDecisionPage:
    """Return what moderators decided about you and your images, newest first. Needs the scope `read`."""
    require_scope(request, "read")
    mine = ModerationAction.objects.about(request.user).concerning()  # type: ignore[arg-type]
    page = pagination.page(mine.select_related("undone_by", "appeal"), limit=limit, cursor=cursor, moment="at")
    items = [OwnDecisionOut(**_facts(row)) for row in page.items]
    return OwnDecisionPage(items=items, next=page.next)


@router.post(
    "/moderation/decisions/undo",
    response=UndoneOut,
    operation_id="undo_decisions",
    summary="Undo decisions",
)
def undo_decisions(request: HttpRequest, body: UndoIn) -> UndoneOut:
    """Undo decisions, each by itself, and give images back what they took. Needs the scope `moderate`.

    For moderators. The people are told. What was changed since stays as it is.
    """
    require_scope(request, "moderate")
    require_moderator(request)
    rows = ModerationAction.objects.filter(pk__in=body.decisions).order_by("-pk")  # the last one first
    made, refused = undo_many(decisions=list(rows), actor=request.user)
    undone = [row.undoes_id for row in made if row.undoes_id is not None]
    return UndoneOut(undone=undone, refused={str(pk): why for pk, why in refused.items()})


@router.get("/admin/decisions", response=DecisionPage, operation_id="list_decisions", summary="List all decisions")
def list_decisions(request: HttpRequest, wanted: Query[DecisionListQuery]) -> DecisionPage:
    """Return decisions of moderators and rules, newest first. Needs the scope `admin`. For moderators."""
    require_scope(request, "admin")
    require_moderator(request)
    page = pagination.page(filter_decisions(wanted), limit=wanted.limit, cursor=wanted.cursor, moment="at")
    return DecisionPage(items=[_represent(row) for row in page.items], next=page.next)


@router.get(
    "/admin/decisions/export",
    response={200: None},
    operation_id="export_decisions",
    summary="Export decisions as JSON lines",
)
def export_decisions(request: HttpRequest, wanted: Query[DecisionFilter]) -> StreamingHttpResponse:
    """Return decisions as JSON, one a line, the newest 100,000 first. Needs the scope `admin`. For moderators."""
    require_scope(request, "admin")
    require_moderator(request)
    rows = filter_decisions(wanted).order_by("-at", "-pk")[:MOST_EXPORTED]
    response = StreamingHttpResponse(_lines(rows), content_type="application/x-ndjson")
    response["Content-Disposition"] = 'attachment; filename="decisions.jsonl"'
    return response


def _lines(rows: DecisionQuerySet) -> Iterator[str]:
    for row in rows.iterator(chunk_size=500):
        yield json.dumps(_represent(row).model_dump(), cls=NinjaJSONEncoder, ensure_ascii=False) + "\n"


def require_moderator(request: HttpRequest) -> None:
    """Check that the user may moderate images; call `require_scope` as well.

    Raises:
        NotPermitted: they may not.
    """
    if not may_moderate(request.user):
        raise NotPermitted


def _represent(row: ModerationAction) -> DecisionOut:
    return DecisionOut(
        **_facts(row),
        moderator=row.moderator_name,
        person=row.person_name,
        rule=row.rule,
        undoes=row.undoes_id,
    )


def _facts(row: ModerationAction) -> dict[str, Any]:
    found = getattr(row, "appeal", None)
    return {
        "id": row.pk,
        "at": row.at,
        "deed": row.deed,
        "image": row.image_id,
        "reason": row.reason,
        "text": row.text,
        "days": row.days,
        "undone": getattr(row, "undone_by", None) is not None,
        "appeal": AppealOut(**appeal_facts(found)) if found else None,
    }


def appeal_facts(row: Appeal) -> dict[str, Any]:
    """Return the fields of AppealOut."""
    return {
        "id": row.pk,
        "decision": row.decision_id,
        "text": row.text,
        "created_at": row.created_at,
        "outcome": row.outcome,
        "answer": row.answer,
        "decided_at": row.decided_at,
    }
