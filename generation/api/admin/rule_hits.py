"""Router of what the site's rules matched: a list, and closing what is dealt with."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.models import RuleHit
from gallery.rules.hits import close_hits
from generation.api.admin.rules import require_manager
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Administration"])

MOST_IDS = 1000


class RuleHitOut(BaseModel):
    """What a rule matched."""

    id: uuid.UUID
    rule: str = Field(description="Name of the rule then.", examples=["Brand names"])
    version: int = Field(examples=[12])
    user: str | None = Field(description="User name; null: the person is gone.", examples=["alice"])
    job: uuid.UUID | None
    image: uuid.UUID | None
    door: str = Field(description="Source of the job, `worker`, or what was published.", examples=["api"])
    decision: str = Field(description="Of this rule.", examples=["refuse"])
    outcome: str = Field(description="The strictest of all rules that matched.", examples=["refuse"])
    matched: str = Field(examples=["acme"])
    created_at: datetime
    closed_at: datetime | None


class RuleHitPage(BaseModel):
    """Matches, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[RuleHitOut]
    next: str | None


class RuleHitsIn(StrictModel):
    """Matches that are dealt with."""

    ids: list[uuid.UUID] = Field(min_length=1, max_length=MOST_IDS, description=f"1 to {MOST_IDS} ids of matches.")


class RuleHitsClosedOut(BaseModel):
    """How many matches were closed by this."""

    closed: int = Field(examples=[1])


@router.get("/admin/rule-hits", response=RuleHitPage, operation_id="list_rule_hits", summary="List matches of rules")
def list_rule_hits(
    request: HttpRequest,
    state: Annotated[Literal["open", "all"], Query(description="Those nobody has closed, or all.")] = "open",
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> RuleHitPage:
    """Return what rules matched, newest first. Needs the scope `admin`.

    For staff who may manage rules.
    """
    require_manager(request)
    hits = RuleHit.objects.select_related("version", "user")
    page = pagination.page(hits.open() if state == "open" else hits, limit=limit, cursor=cursor)
    return RuleHitPage(items=[_represent_hit(hit) for hit in page.items], next=page.next)


@router.post(
    "/admin/rule-hits/close",
    response=RuleHitsClosedOut,
    operation_id="close_rule_hits",
    summary="Close matches of rules",
)
def close_rule_hits(request: HttpRequest, body: RuleHitsIn) -> RuleHitsClosedOut:
    """Mark matches as dealt with; repeating it is harmless. Needs the scope `admin`.

    For staff who may manage rules; the audit log records it.
    """
    require_manager(request)
    return RuleHitsClosedOut(closed=close_hits(hits=RuleHit.objects.filter(pk__in=body.ids), actor=request.user))


def _represent_hit(hit: RuleHit) -> RuleHitOut:
    return RuleHitOut(
        id=hit.pk,
        rule=hit.version.content["name"],
        version=hit.version_id,
        user=hit.user.username if hit.user else None,
        job=hit.job_id,
        image=hit.image_id,
        door=hit.door,
        decision=hit.decision,
        outcome=hit.outcome,
        matched=hit.matched,
        created_at=hit.created_at,
        closed_at=hit.closed_at,
    )
