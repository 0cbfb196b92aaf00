"""Tabs of the moderation desk: what was decided, with undoing, and appeals that wait for a second person."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery.actions.moderation.appeals import NotAppealable, decide_appeal, why_not_decided_by
from gallery.actions.moderation.people import may_decide_appeals, may_moderate
from gallery.actions.moderation.undoing import UNDOABLE, NotUndoable, undo
from gallery.actions.moderation.wording import DEEDS
from gallery.models import Appeal, Image, ModerationAction
from gallery.models.moderation import LONGEST_APPEAL, LONGEST_USERNAME
from gallery.pages.moderation.desk import MOST_COUNTED, describe_decision, desk_tabs
from sdsite.core import pagination

DECISIONS_A_PAGE = 50
MOST_APPEALS = 50  # on the page; the oldest


@never_cache
@require_safe
@login_required
def moderation_decided(request: HttpRequest) -> HttpResponse:
    """List decisions, newest first: `?moderator=`, `?person=` and `?deed=` filter, `?cursor=` continues."""
    tabs = desk_tabs(request, "decided")
    said = {name: request.GET.get(name, "").replace("\x00", "") for name in ("moderator", "person", "deed")}
    asked = {name: text.strip()[:LONGEST_USERNAME] for name, text in said.items()}
    columns = {"moderator": "moderator_name", "person": "person_name", "deed": "deed"}
    given = {columns[name]: value for name, value in asked.items() if value}
    rows = ModerationAction.objects.filter(**given).select_related("undone_by")
    try:
        page = pagination.page(rows, limit=DECISIONS_A_PAGE, cursor=request.GET.get("cursor"), moment="at")
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    may_act = may_moderate(request.user)
    there = Image.objects.in_bulk({row.image_id for row in page.items if row.image_id is not None})
    context = {
        "tabs": tabs,
        "most_counted": MOST_COUNTED,
        "rows": [
            {
                **describe_decision(row),
                "image": there.get(row.image_id) if row.image_id else None,
                "may_undo": may_act and row.deed in UNDOABLE and getattr(row, "undone_by", None) is None,
            }
            for row in page.items
        ],
        "next": page.next,
        "asked": asked,
        "deeds": DEEDS.items(),
        "here": request.get_full_path(),
    }
    return render(request, "gallery/moderation/decided.html", context)


@require_POST
@login_required
def moderation_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo one decision."""
    if not may_moderate(request.user):
        raise PermissionDenied
    try:
        undo(decision=get_object_or_404(ModerationAction, pk=pk), actor=request.user)
    except NotUndoable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The decision is undone."))
    return redirect("moderation_decided")


@never_cache
@require_safe
@login_required
def moderation_appeals(request: HttpRequest) -> HttpResponse:
    """List the appeals that nobody has decided, the oldest first."""
    tabs = desk_tabs(request, "appeals")
    if not may_decide_appeals(request.user):
        raise PermissionDenied
    found = list(Appeal.objects.open().select_related("decision", "person").order_by("created_at")[:MOST_APPEALS])
    there = Image.objects.in_bulk({row.decision.image_id for row in found if row.decision.image_id is not None})
    rows: list[dict[str, Any]] = [
        {
            **describe_decision(row.decision),
            "appeal": row,
            "image": there.get(row.decision.image_id) if row.decision.image_id else None,
            "why_not": why_not_decided_by(row, request.user),
        }
        for row in found
    ]
    context = {"tabs": tabs, "most_counted": MOST_COUNTED, "rows": rows, "longest": LONGEST_APPEAL}
    return render(request, "gallery/moderation/appeals.html", context)


@require_POST
@login_required
def moderation_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide one appeal: `outcome` is accepted or declined, `answer` a sentence for who appealed."""
    if not may_decide_appeals(request.user):
        raise PermissionDenied
    outcome = request.POST.get("outcome")
    try:
        if outcome not in Appeal.Outcome.values:
            raise ValidationError(gettext("Accept the appeal, or decline it."))
        decide_appeal(
            pk=get_object_or_404(Appeal, pk=pk).pk,
            actor=request.user,
            accept=outcome == Appeal.Outcome.ACCEPTED,
            answer=request.POST.get("answer", ""),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except NotAppealable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The appeal is decided, and the person is told."))
    return redirect(reverse("moderation_appeals"))
