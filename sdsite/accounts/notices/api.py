"""API router of one's own notices: list, count, mark as read. Mounted below /api/v1."""

from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, Field

from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import Notice
from sdsite.accounts.notices.serializers import NoticeOut, serialize_notice
from sdsite.accounts.notices.store import count_unread, mark_read
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Notices"])

LARGEST_ID = 2**63 - 1


class NoticePage(BaseModel):
    """A page of notices, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[NoticeOut]
    next: str | None
    unread: int = Field(description="How many of all are unread.")


class UnreadOut(BaseModel):
    """Count of unread notices."""

    unread: int = Field(description="How many are unread.", examples=[2])


class NoticesRead(StrictModel):
    """Which notices to mark as read: all, unless `until` is given."""

    until: AwareDatetime | None = Field(
        None, description="Only those up to this moment, so that none goes unseen that came meanwhile."
    )


@router.get("/notices", response=NoticePage, operation_id="list_notices", summary="List your notices")
def list_notices(
    request: HttpRequest,
    unread: Annotated[bool, Query(description="Only those that are unread.")] = False,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> NoticePage:
    """Return what happened and concerns you, newest first, a page at a time. Needs the scope `read`."""
    require_scope(request, "read")
    user = get_credentials(request).user
    rows = Notice.objects.visible_to(user).select_related("actor")
    page = pagination.page(rows.unread() if unread else rows, limit=limit, cursor=cursor)
    items = [serialize_notice(notice) for notice in page.items]
    return NoticePage(items=items, next=page.next, unread=count_unread(user))


@router.get("/notices/count", response=UnreadOut, operation_id="count_notices", summary="Count your unread notices")
def count_notices(request: HttpRequest) -> UnreadOut:
    """Return how many of your notices are unread. Needs the scope `read`."""
    require_scope(request, "read")
    return UnreadOut(unread=count_unread(get_credentials(request).user))


@router.post("/notices/read", response=UnreadOut, operation_id="read_notices", summary="Mark your notices as read")
def read_notices(request: HttpRequest, body: NoticesRead) -> UnreadOut:
    """Mark all of your notices as read, or those up to a moment. Needs the scope `write`."""
    require_scope(request, "write")
    return UnreadOut(unread=mark_read(user=get_credentials(request).user, until=body.until))


@router.post(
    "/notices/{int:notice_id}/read", response=UnreadOut, operation_id="read_notice", summary="Mark a notice as read"
)
def read_notice(request: HttpRequest, notice_id: int) -> UnreadOut:
    """Mark one of your notices as read; repeating it changes nothing. Needs the scope `write`."""
    require_scope(request, "write")
    user = get_credentials(request).user
    if notice_id > LARGEST_ID or not Notice.objects.visible_to(user).filter(pk=notice_id).exists():
        raise Http404
    return UnreadOut(unread=mark_read(user=user, pk=notice_id))
