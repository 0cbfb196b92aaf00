"""Settings page of the devices on which a person is logged in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sdsite.accounts.models import User, UserSession
from sdsite.accounts.sessions.agents import browser_of, system_of
from sdsite.accounts.sessions.ending import end_session, end_sessions

SHOWN = 100


@never_cache
@require_http_methods(["GET", "HEAD"])
@login_required
def own_sessions(request: HttpRequest) -> HttpResponse:
    """List the person's open sessions, this one first."""
    owner: User = request.user  # type: ignore[assignment]
    mine = UserSession.objects.visible_to(owner)
    rows = sorted(mine[:SHOWN], key=lambda row: row.session_id != request.session.session_key)
    listed = [_shown(row, is_this=row.session_id == request.session.session_key) for row in rows]
    return render(request, "accounts/sessions.html", {"sessions": listed, "count": mine.count()})


def _shown(row: UserSession, *, is_this: bool) -> dict[str, Any]:
    browser, system = browser_of(row.user_agent), system_of(row.user_agent)
    if browser and system:
        name = _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    else:
        name = browser or system or _("An unknown device")
    return {"row": row, "name": name, "is_this": is_this}


@require_POST
@login_required
def end_own_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own sessions; 404 for those of others."""
    owner: User = request.user  # type: ignore[assignment]
    row = get_object_or_404(UserSession.objects.visible_to(owner), pk=pk)
    if row.session_id == request.session.session_key:
        logout(request)
        return redirect("account_login")
    end_session(row, actor=owner)
    messages.success(request, _("The device was logged out."))
    return redirect("sessions")


@require_POST
@login_required
def end_own_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions of the person, but for this one where the form says `keep`."""
    owner: User = request.user  # type: ignore[assignment]
    if not request.POST.get("keep"):
        end_sessions(owner, actor=owner)
        logout(request)
        return redirect("account_login")
    ended = end_sessions(owner, actor=owner, keep=request)
    sentence = ngettext("%(count)d device was logged out.", "%(count)d devices were logged out.", ended)
    messages.success(request, sentence % {"count": ended})
    return redirect("sessions")
