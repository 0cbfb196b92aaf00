"""API router of one's own notices: list, count, mark as read. Mounted below /api/v1."""

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, Field

from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices.choices import TOPICS, choose, offered_ways, topics_for, ways_of
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


Way = Literal["site", "push", "email"]
EXAMPLE = {"likes": ["site"], "jobs": ["site", "push"]}


class TopicOut(BaseModel):
    """A topic of notices, and how you are told of it."""

    topic: str = Field(examples=["likes"])
    title: str = Field(description="What it is, in your language.", examples=["Likes of your images"])
    ways: list[Way] = Field(description="How you are told; none: not at all.", examples=[["site"]])


class NoticeChoicesOut(BaseModel):
    """How you are told of each topic, and the ways that this site offers."""

    offered: list[Way] = Field(description="Ways that this site can go now.")
    topics: list[TopicOut]


class NoticeChoicesIn(StrictModel):
    """Changes of how you are told; topics left out stay as they are."""

    choices: Annotated[dict[str, Annotated[list[Way], Field(max_length=3)]], Field(max_length=len(TOPICS))] = Field(
        {}, description="Ways by topic: site, push, email.", examples=[EXAMPLE]
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


@router.get("/notices/choices", response=NoticeChoicesOut, operation_id="get_notice_choices", summary="Get choices")
def get_choices(request: HttpRequest) -> NoticeChoicesOut:
    """Return how you are told of what happens. Needs the scope `read`."""
    require_scope(request, "read")
    return _choices_of(get_credentials(request).user)


@router.patch(
    "/notices/choices", response=NoticeChoicesOut, operation_id="change_notice_choices", summary="Change choices"
)
def change_choices(request: HttpRequest, body: NoticeChoicesIn) -> NoticeChoicesOut:
    """Choose how you are told of what happens; topics left out stay as they are. Needs the scope `write`."""
    require_scope(request, "write")
    user = get_credentials(request).user
    choose(user=user, choices=body.choices)
    return _choices_of(user)


def _choices_of(user: User) -> NoticeChoicesOut:
    offered: Any = offered_ways()
    topics = []
    for name in topics_for(user):
        ways: Any = [way for way in offered if way in ways_of(user, name)]
        topics.append(TopicOut(topic=name, title=str(TOPICS[name].title), ways=ways))
    return NoticeChoicesOut(offered=list(offered), topics=topics)
