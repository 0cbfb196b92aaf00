"""API routes of the audit log at /api/v1/admin/audit: pages and the export."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sdsite.accounts.audit.reading import as_dict, filter_events, json_lines
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Administration"])

SCOPE, LOOK = "admin", "accounts.view_auditevent"
MOST_EXPORTED = 1_000_000


class AuditKeyOut(BaseModel):
    """The API key of a deed."""

    name: str | None = Field(examples=["laptop"])
    lookup: str = Field(description="Look-up part of the key, which is no secret.", examples=["abcd2345"])


class AuditEventOut(BaseModel):
    """An entry of the audit log."""

    id: int = Field(examples=[4711])
    at: datetime
    actor: str | None = Field(description="User name; null: the site by itself.", examples=["root"])
    action: str = Field(examples=["api_key.revoked"])
    target: str = Field(description="What it was done to.", examples=["laptop (sds_abcd2345_…)"])
    address: str | None = Field(description="Address of the client; null: none was at work.", examples=["192.0.2.7"])
    key: AuditKeyOut | None = Field(description="Null: no key was used.")
    door: str | None = Field(description="Page, API, websocket, worker or command.", examples=["admin"])
    before: Any = Field(description="Values before the change; null: none are kept.", examples=["open"])
    after: Any = Field(description="The same values after it.", examples=["closed"])
    detail: dict[str, Any] = Field(description="What else is known.")


class AuditPage(BaseModel):
    """Entries of the audit log, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[AuditEventOut]
    next: str | None


class AuditFilter(StrictModel):
    """Conditions of entries, each an exact value; all of those given must hold."""

    actor: str | None = Field(None, max_length=150, description="User name of who did it.")
    action: str | None = Field(None, max_length=60, description="What was done.")
    target: str | None = Field(None, max_length=200, description="What it was done to.")
    address: str | None = Field(None, max_length=45, description="Address of the client.")
    key: str | None = Field(None, max_length=8, description="Look-up part of the API key.")
    since: datetime | None = Field(None, description="From this moment.")
    until: datetime | None = Field(None, description="Before this moment.")


class AuditQuery(AuditFilter):
    """Conditions, and the page."""

    limit: int = Field(
        pagination.DEFAULT_ITEMS, ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page."
    )
    cursor: str | None = Field(None, description="The `next` of the previous page.")


def _check(request: HttpRequest) -> None:
    require_scope(request, SCOPE)
    require_permission(request, LOOK)


@router.get("/admin/audit", response=AuditPage, operation_id="list_audit_events", summary="List the audit log")
def list_audit_events(request: HttpRequest, wanted: Query[AuditQuery]) -> AuditPage:
    """Return who did what, newest first. Needs the scope `admin`. For staff who may view the audit log."""
    _check(request)
    rows = filter_events(**wanted.model_dump(exclude={"limit", "cursor"}))
    page = pagination.page(rows, limit=wanted.limit, cursor=wanted.cursor, moment="at")
    return AuditPage(items=[AuditEventOut(**as_dict(event)) for event in page.items], next=page.next)


@router.get(
    "/admin/audit/export",
    response={200: None},
    operation_id="export_audit_events",
    summary="Export the audit log as JSON lines",
)
def export_audit_events(request: HttpRequest, wanted: Query[AuditFilter]) -> StreamingHttpResponse:
    """Return entries as JSON, one a line, the newest million first. Needs the scope `admin`. For staff, as the list."""
    _check(request)
    rows = filter_events(**wanted.model_dump()).order_by("-at", "-pk")[:MOST_EXPORTED]
    answer = StreamingHttpResponse(json_lines(rows), content_type="application/x-ndjson")
    answer["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return answer
