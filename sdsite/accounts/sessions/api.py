"""API router of the own sessions: list, end one, end all. Mounted below /api/v1.

All operations need a session or a key with the scope `admin`, as those of the keys.
"""

from datetime import datetime
from typing import Annotated

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from sdsite.accounts.models import UserSession
from sdsite.accounts.scopes import get_key, require_scope
from sdsite.accounts.sessions.agents import browser_of, system_of
from sdsite.accounts.sessions.ending import end_session, end_sessions

router = Router(tags=["Account"])

SCOPE = "admin"
SHOWN = 100


class SessionOut(BaseModel):
    """An open session: the device, and when it was used."""

    id: int
    browser: str = Field(description="Name of the browser or program; empty: unknown.")
    system: str = Field(description="Name of the system or device; empty: unknown.")
    address: str = Field(description="IP address of its last use.")
    began_at: datetime
    used_at: datetime = Field(description="Its last use, to the minute.")
    is_this: bool = Field(description="Whether the request came by this session.")


class SessionList(BaseModel):
    """Own open sessions, the last used first, at most 100."""

    items: list[SessionOut]


class EndedOut(BaseModel):
    """How many sessions have ended."""

    ended: int


@router.get("/sessions", response=SessionList, operation_id="list_sessions", summary="List own sessions")
def list_sessions(request: HttpRequest) -> SessionList:
    """Return where you are logged in, the last used first. Needs the scope `admin`, or a session."""
    require_scope(request, SCOPE)
    rows = UserSession.objects.visible_to(request.user)[:SHOWN]  # type: ignore[arg-type]
    return SessionList(items=[_serialize(row, request) for row in rows])


@router.delete("/sessions/{int:session_id}", response={204: None}, operation_id="end_session", summary="End a session")
def delete_session(request: HttpRequest, session_id: Annotated[int, Path(description="Its id.")]) -> HttpResponse:
    """Log out one of your devices; its websockets close within seconds. Needs the scope `admin`, or a session."""
    require_scope(request, SCOPE)
    row = get_object_or_404(UserSession.objects.visible_to(request.user), pk=session_id)  # type: ignore[arg-type]
    if _is_this(row, request):
        logout(request)
    else:
        end_session(row, actor=request.user)  # type: ignore[arg-type]
    return HttpResponse(status=204)


@router.delete("/sessions", response=EndedOut, operation_id="end_sessions", summary="Log out everywhere")
def delete_sessions(
    request: HttpRequest,
    keep_this: Annotated[bool, Query(description="Keep the session by which the request came.")] = True,
) -> EndedOut:
    """Log out all your devices; keys stay. Needs the scope `admin`, or a session."""
    require_scope(request, SCOPE)
    by_session = get_key(request) is None
    keep = request if keep_this and by_session else None
    ended = end_sessions(request.user, actor=request.user, keep=keep)  # type: ignore[arg-type]
    if by_session and keep is None:
        logout(request)
    return EndedOut(ended=ended)


def _is_this(row: UserSession, request: HttpRequest) -> bool:
    return get_key(request) is None and row.session_id == request.session.session_key


def _serialize(row: UserSession, request: HttpRequest) -> SessionOut:
    return SessionOut(
        id=row.pk,
        browser=browser_of(row.user_agent),
        system=system_of(row.user_agent),
        address=row.address,
        began_at=row.began_at,
        used_at=row.used_at,
        is_this=_is_this(row, request),
    )
