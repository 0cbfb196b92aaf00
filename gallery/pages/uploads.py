"""Uploads page: the images that the user brought as inputs."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gallery.actions.uploads import most_bytes
from gallery.models import Upload
from gallery.pages.library import IMAGES_A_PAGE, collections_of


@require_safe
@login_required
def uploads(request: HttpRequest) -> HttpResponse:
    """Show the place of the grid, and how much room the user's uploads take; without scripts the newest as links."""
    owner: Any = request.user
    own = Upload.objects.owned_by(owner)
    context = {
        "uploads": own.of_kind("image").order_by("-created_at", "-pk")[:IMAGES_A_PAGE],
        "number": own.of_kind("image").count(),
        "bytes": own.bytes_stored(),
        "most_file_bytes": most_bytes(),
        "most_bytes": int(settings.ENV["SDSITE_UPLOADS_MB"] * 1e6),
        "rail": collections_of(owner),
    }
    return render(request, "gallery/uploads.html", context)


@require_safe
@login_required
def upload(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one of the user's uploads with what can be done with it; 404 for other users."""
    return render(request, "gallery/upload.html", {"upload": _own(request, pk)})


@require_safe
@login_required
def upload_panel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return what stands beside an upload as a part of a page, for the viewer; 404 for other users."""
    return render(request, "gallery/_upload_panel.html", {"upload": _own(request, pk)})


def _own(request: HttpRequest, pk: uuid.UUID) -> Upload:
    return get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)  # type: ignore[arg-type]
