"""Moderation desk: images with reports and images under review on a grid, and what is known of one beside it."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.actions.moderation.people import may_decide_appeals, may_moderate
from gallery.actions.moderation.record import read_record
from gallery.actions.moderation.wording import DEEDS, REASONS, describe_reason, who_decided
from gallery.models import Appeal, Image, ModerationAction, Report, RuleHit
from gallery.models.image import manages_images
from sdsite.accounts.credentials import get_credentials

MOST_COUNTED = 1000  # images whose number is told
LAST_OF_IMAGE = 10  # decisions

Deed, Reason = ModerationAction.Deed, ModerationAction.Reason


@never_cache
@require_safe
@login_required
def moderation(request: HttpRequest) -> HttpResponse:
    """Show the place of the grid of images under review, or with `?state=reported` of those with open reports.

    For staff who may view images; moderators have the actions.
    """
    chosen = "reported" if request.GET.get("state") == "reported" else "held"
    tabs = desk_tabs(request, chosen)
    context = {
        "state": chosen,
        "number": next(tab["number"] for tab in tabs if tab["is_current"]),
        "tabs": tabs,
        "most_counted": MOST_COUNTED,
        "may_act": may_moderate(request.user),
        "may_suspend": request.user.has_perm("accounts.suspend_user"),
    }
    return render(request, "gallery/moderation/desk.html", context)


def desk_tabs(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    """Return the tabs of the desk with their numbers; `chosen` is the current one.

    Raises:
        PermissionDenied: the reader is no staff who may view images.
    """
    if not manages_images(get_credentials(request)):
        raise PermissionDenied
    desk = reverse("moderation")
    held, reported = _count(Image.objects.kept().quarantined()), _count(_reported())
    tabs: list[dict[str, Any]] = [
        {"state": "held", "label": gettext("Under review"), "number": held, "url": f"{desk}?state=held"},
        {"state": "reported", "label": gettext("Reported"), "number": reported, "url": f"{desk}?state=reported"},
    ]
    number = RuleHit.objects.open()[:MOST_COUNTED].count()
    tabs.append({"state": "hits", "label": gettext("Rules"), "number": number, "url": reverse("moderation_hits")})
    if may_decide_appeals(request.user):
        number = Appeal.objects.open()[:MOST_COUNTED].count()
        url = reverse("moderation_appeals")
        tabs.append({"state": "appeals", "label": gettext("Appeals"), "number": number, "url": url})
    tabs.append({"state": "decided", "label": gettext("Decided"), "number": None, "url": reverse("moderation_decided")})
    return [{**tab, "is_current": tab["state"] == chosen} for tab in tabs]


def _reported() -> Any:
    return Report.objects.open().of_kept_images().order_by().values("image").distinct()


def _count(rows: Any) -> int:
    """Return how many there are, at most MOST_COUNTED."""
    return int(rows.order_by().values("pk" if rows.model is Image else "image")[:MOST_COUNTED].count())


@never_cache
@require_safe
@login_required
def moderation_panel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return what moderators need to know of an image as a part of a page; 404 for everybody else."""
    credentials = get_credentials(request)
    if not manages_images(credentials):
        raise PermissionDenied
    image = get_object_or_404(Image.objects.visible_to(credentials).select_related("owner"), pk=pk)
    reports = Report.objects.open().filter(image=image).select_related("reporter")
    decided = ModerationAction.objects.filter(image=image).select_related("undone_by").order_by("-pk")[:LAST_OF_IMAGE]
    record = read_record(image.owner)
    context = {
        "image": image,
        "negative": image.parameters.get("negative_prompt", ""),
        "reports": [{"row": row, "reason": REASONS[Reason(row.reason)]} for row in reports],
        "decided": [describe_decision(row) for row in decided],
        "record": record,
        "last": [describe_decision(row) for row in record.last if row.image_id != image.pk],
    }
    return render(request, "gallery/moderation/_panel.html", context)


def describe_decision(row: ModerationAction) -> dict[str, Any]:
    """Return a decision as lists show it."""
    return {
        "row": row,
        "deed": DEEDS[Deed(row.deed)],
        "who": who_decided(row),
        "reason": describe_reason(row),
        "undone": getattr(row, "undone_by", None) is not None,
    }
