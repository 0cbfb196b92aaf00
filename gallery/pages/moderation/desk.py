"""Moderation page: images under review and reported ones, with what moderators can do about them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.models import Image, Report
from gallery.models.image import manages_images
from sdsite.accounts.credentials import get_credentials

MOST_COUNTED = 1000  # images whose number is told


@never_cache
@require_safe
@login_required
def moderation(request: HttpRequest) -> HttpResponse:
    """Show the place of the grid of images under review, or with `?state=reported` of those with open reports.

    For staff who may view images; those who may delete images have the actions.
    """
    if not manages_images(get_credentials(request)):
        raise PermissionDenied
    chosen = "reported" if request.GET.get("state") == "reported" else "held"
    numbers: dict[str, int] = {"held": _count(Image.objects.kept().quarantined()), "reported": _count(_reported())}
    labels = {"held": gettext("Under review"), "reported": gettext("Reported")}
    context = {
        "state": chosen,
        "number": numbers[chosen],
        "tabs": [
            {"state": state, "label": label, "number": numbers[state], "is_current": state == chosen}
            for state, label in labels.items()
        ],
        "most_counted": MOST_COUNTED,
        "may_act": request.user.has_perm("gallery.delete_image"),
    }
    return render(request, "gallery/moderation/desk.html", context)


def _reported() -> Any:
    return Report.objects.open().of_kept_images().order_by().values("image").distinct()


def _count(rows: Any) -> int:
    """Return how many there are, at most MOST_COUNTED."""
    return int(rows.order_by().values("pk" if rows.model is Image else "image")[:MOST_COUNTED].count())
