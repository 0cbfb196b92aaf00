"""Pages of collections: all of one's own, one with its images, and taking them away."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from gallery.actions.collections import (
    TooManyCollections,
    change_collection,
    create_collection,
    delete_collections,
    remove_image,
)
from gallery.models import Collection, Image
from gallery.models.collection import LONGEST_DESCRIPTION, LONGEST_NAME
from sdsite.core import pagination

IMAGES_A_PAGE = 60
LIMITS = {"longest_name": LONGEST_NAME, "longest_description": LONGEST_DESCRIPTION}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collections(request: HttpRequest) -> HttpResponse:
    """List one's collections, those that changed last first, and make new ones."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = create_collection(owner=request.user, name=request.POST.get("name", ""))
            return redirect("collection", made.pk)
        except ValidationError as error:
            errors = _sentences(error)
        except TooManyCollections as error:
            errors = {"name": str(error)}
    # All of them: one person has so few.
    own = Collection.objects.owned_by(request.user).counted().order_by("-updated_at", "-pk")
    context = {"collections": own, "errors": errors, "typed": request.POST.get("name", ""), **LIMITS}
    return render(request, "gallery/collections.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one of one's collections, what came last first, `?cursor=` further on; a POST changes its words."""
    shown = _own(request, pk)
    words, errors = {"name": shown.name, "description": shown.description}, {}
    if request.method == "POST":
        words = {name: request.POST.get(name, "") for name in words}
        try:
            change_collection(collection=_own(request, pk), **words)
            return redirect("collection", pk)
        except ValidationError as error:
            errors = _sentences(error)
    cursor = request.GET.get("cursor")
    try:
        page = pagination.page(
            shown.items.select_related("image"), limit=IMAGES_A_PAGE, cursor=cursor, moment="added_at"
        )
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    context = {
        "collection": shown,
        "images": [item.image for item in page.items],
        "next": page.next,
        "cursor": cursor,
        "words": words,
        "errors": errors,
        **LIMITS,
    }
    return render(request, "gallery/collection.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collection_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then delete one of one's collections; its images stay."""
    shown = _own(request, pk)
    if request.method != "POST":
        return render(request, "gallery/confirm_delete_collection.html", {"collection": shown})
    delete_collections(collections=Collection.objects.filter(pk=shown.pk))
    messages.success(request, f"The collection “{shown.name}” was deleted. Its images are still in the library.")
    return redirect("collections")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collection_take_out(request: HttpRequest, pk: uuid.UUID, image_id: uuid.UUID) -> HttpResponse:
    """Ask, then take an image out of one of one's collections; a script that wants JSON gets 204."""
    shown = _own(request, pk)
    image = get_object_or_404(Image, pk=image_id, items__collection=shown)
    if request.method != "POST":
        return render(request, "gallery/confirm_take_out.html", {"collection": shown, "image": image})
    remove_image(collection=shown, image_id=image.pk)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return redirect("collection", shown.pk)


def _own(request: HttpRequest, pk: uuid.UUID) -> Any:
    return get_object_or_404(Collection.objects.owned_by(request.user).counted(), pk=pk)


def _sentences(error: ValidationError) -> dict[str, str]:
    return {name: " ".join(said) for name, said in error.message_dict.items()}
