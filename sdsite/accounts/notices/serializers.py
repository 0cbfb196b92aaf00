"""How a notice looks outside, in the reader's language."""

from datetime import datetime

from pydantic import BaseModel, Field

from sdsite.accounts.models import Notice
from sdsite.accounts.notices.kinds import KINDS

UNKNOWN_ICON = "bell"


class NoticeOut(BaseModel):
    """A notice: what happened, when, and the page that shows it."""

    id: int
    kind: str = Field(examples=["image_liked"])
    topic: str = Field(description="What it is about, as the choices name it.", examples=["likes"])
    icon: str = Field(description="Name of its icon on pages.", examples=["heart"])
    text: str = Field(description="A sentence in your language.", examples=["3 people liked an image of yours."])
    url: str = Field(description="Path of the page that shows what happened; empty: there is none.")
    count: int = Field(description="How many things of one kind it tells of.", examples=[3])
    created_at: datetime = Field(description="When it happened, or happened last.")
    read_at: datetime | None = Field(description="When it was read; null: it is unread.")


def serialize_notice(notice: Notice) -> NoticeOut:
    """Return a notice as pages and programs see it; its `actor` should have been selected with it."""
    kind = KINDS.get(notice.kind)
    return NoticeOut(
        id=notice.pk,
        kind=notice.kind,
        topic=kind.topic if kind else "",
        icon=kind.icon if kind else UNKNOWN_ICON,
        text=text_of(notice),
        url=notice.url,
        count=notice.detail.get("count", 1),
        created_at=notice.created_at,
        read_at=notice.read_at,
    )


def text_of(notice: Notice) -> str:
    """Return the sentence of a notice in the language that is active."""
    kind = KINDS.get(notice.kind)
    name = notice.actor.get_username() if notice.actor else ""
    return kind.text(notice.detail, name) if kind else notice.kind
