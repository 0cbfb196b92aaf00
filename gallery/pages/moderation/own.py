"""Page of the decisions about oneself and one's images, from which one appeals."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery.actions.moderation.appeals import NotAppealable, appeal, why_not_appealable
from gallery.actions.moderation.wording import DEEDS, REASONS
from gallery.models import Image, ModerationAction
from gallery.models.moderation import LONGEST_APPEAL, RESTRICTING
from sdsite.core import pagination

DECISIONS_A_PAGE = 20

Deed, Reason = ModerationAction.Deed, ModerationAction.Reason


@never_cache
@require_safe
@login_required
def decisions(request: HttpRequest) -> HttpResponse:
    """List decisions about the reader, newest first; `?cursor=` continues, `?image=` is a decision about one image."""
    return _page(request)


@require_POST
@login_required
def decision_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Appeal against a decision about the reader, with `text`; 404 for decisions about others."""
    person: Any = request.user
    decision = get_object_or_404(ModerationAction.objects.about(person), pk=pk)
    text = request.POST.get("text", "")
    try:
        appeal(decision=decision, person=person, text=text)
    except ValidationError as error:
        return _page(request, status=422, wrong={"pk": pk, "text": text, "why": " ".join(error.messages)})
    except NotAppealable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Another moderator will look at it, and you will be told."))
    return redirect(f"{reverse('decisions')}#decision-{pk}")


def _page(request: HttpRequest, *, status: int = 200, wrong: dict[str, Any] | None = None) -> HttpResponse:
    mine = ModerationAction.objects.about(request.user).concerning()  # type: ignore[arg-type]
    try:
        page = pagination.page(
            mine.select_related("undone_by", "appeal"),
            limit=DECISIONS_A_PAGE,
            cursor=request.GET.get("cursor"),
            moment="at",
        )
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    there = Image.objects.owned_by(request.user).in_bulk(  # type: ignore[arg-type]
        {row.image_id for row in page.items if row.image_id is not None}
    )
    rows = [_row(row, there.get(row.image_id)) for row in page.items]
    context = {"rows": rows, "next": page.next, "longest": LONGEST_APPEAL, "wrong": wrong}
    return render(request, "gallery/moderation/own.html", context, status=status)


def _row(decision: ModerationAction, image: Image | None) -> dict[str, Any]:
    """Return what the page says of one decision."""
    found = getattr(decision, "appeal", None)
    return {
        "decision": decision,
        "image": image,
        "deed": DEEDS[Deed(decision.deed)],
        "reason": REASONS[Reason(decision.reason)] if decision.reason else "",
        "undone": getattr(decision, "undone_by", None) is not None,
        "appeal": found,
        "restricts": decision.deed in RESTRICTING,
        "why_not": "" if found or decision.deed not in RESTRICTING else why_not_appealable(decision),
    }
