"""What everybody may know of the site itself, as JSON: its name, an announcement, whether it is in maintenance."""

from datetime import datetime
from typing import Literal

from django.urls import reverse
from pydantic import BaseModel, Field

from generation.queue.state import MAINTENANCE, current_state
from sdsite.accounts import site_settings

LOGO_SIDE = 192


class AnnouncementOut(BaseModel):
    """What administrators tell everybody."""

    id: str = Field(description="Changes with the text; who dismissed another one sees this one.")
    text: str = Field(examples=["New checkpoints on Friday."])
    severity: Literal["info", "warning", "critical"]
    until: datetime | None = Field(description="When it ends; null: when it is removed.")


class MaintenanceOut(BaseModel):
    """New jobs, uploads and imports are refused for now; all else works."""

    message: str = Field(description="The administrators' sentence, or the site's own.")
    until: datetime | None = Field(description="When it is expected to end; null if nobody knows.")


class SiteOut(BaseModel):
    """The site: its name and logo, what is announced, and whether it is in maintenance."""

    name: str = Field(examples=["sdsite"])
    logo_url: str | None = Field(description="A square PNG of 192 pixels; null: the site has none of its own.")
    announcement: AnnouncementOut | None
    maintenance: MaintenanceOut | None


def serialize_site() -> SiteOut:
    """Return the document of the site: two queries, or one in a request that has asked for its settings already."""
    now, state = site_settings.current(), current_state()
    told = now.announcement
    return SiteOut(
        name=now.name,
        logo_url=logo_url(now.logo, LOGO_SIDE),
        announcement=told and AnnouncementOut(id=told.id, text=told.text, severity=told.severity, until=told.until),
        maintenance=MaintenanceOut(message=state.message or MAINTENANCE, until=state.until)
        if state.maintenance
        else None,
    )


def logo_url(digest: str, side: int) -> str | None:
    """Return the address of the logo in one of its sizes; None without one."""
    return reverse("site_logo", args=[digest, side]) if digest else None
