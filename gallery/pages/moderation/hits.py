"""Tab of the moderation desk: matches of rules that no moderator has closed."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery.actions.moderation.people import may_moderate
from gallery.models import RuleHit
from gallery.pages.moderation.desk import MOST_COUNTED, desk_tabs
from gallery.rules.hits import close_hits

MOST_HITS = 50  # on the page; the newest
MOST_CLOSED = 1000  # in one request

OUTCOMES = {
    "allow": gettext_lazy("allowed"),
    "notify": gettext_lazy("only noted"),
    "blur": gettext_lazy("blurred"),
    "hold": gettext_lazy("put under review"),
    "refuse": gettext_lazy("refused"),
}


@never_cache
@require_safe
@login_required
def moderation_hits(request: HttpRequest) -> HttpResponse:
    """List open matches of rules, newest first."""
    tabs = desk_tabs(request, "hits")
    rows = RuleHit.objects.open().select_related("version__rule", "user", "image")
    context: dict[str, Any] = {
        "tabs": tabs,
        "most_counted": MOST_COUNTED,
        "rows": [
            {"hit": hit, "outcome": OUTCOMES.get(hit.outcome, hit.outcome)}
            for hit in rows.order_by("-created_at", "-id")[:MOST_HITS]
        ],
        "may_act": may_moderate(request.user),
    }
    return render(request, "gallery/moderation/hits.html", context)


@require_POST
@login_required
def moderation_close_hits(request: HttpRequest) -> HttpResponse:
    """Close the matches `hit`, which may be many; others stay."""
    if not may_moderate(request.user):
        raise PermissionDenied
    ids = [pk for one in request.POST.getlist("hit")[:MOST_CLOSED] if (pk := _read_id(one)) is not None]
    done = close_hits(hits=RuleHit.objects.filter(pk__in=ids), actor=request.user)
    if done:
        said = ngettext("%(count)d match closed.", "%(count)d matches closed.", done) % {"count": done}
        messages.success(request, said)
    else:
        messages.info(request, gettext("It was closed before."))
    return redirect("moderation_hits")


def _read_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
