"""Trash page: the images that the user deleted, until they are deleted for good."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gallery.actions.trash import trash_days
from gallery.models import Image
from gallery.pages.library import IMAGES_A_PAGE, collections_of
from sdsite.core import pagination


@require_safe
@login_required
def trash(request: HttpRequest) -> HttpResponse:
    """Show the place of the grid and, without scripts, the images as links: `?cursor=` continues a page."""
    owner: Any = request.user
    trashed = Image.objects.owned_by(owner).trashed()
    try:
        page = pagination.page(trashed, limit=IMAGES_A_PAGE, cursor=request.GET.get("cursor"), moment="trashed_at")
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    context = {
        "images": page.items,
        "next": page.next,
        "number": trashed.count(),
        "days": int(trash_days()),
        "rail": collections_of(owner),
    }
    return render(request, "gallery/trash.html", context)
