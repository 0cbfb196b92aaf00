"""Pages of collections: the list, one collection with its images, and the confirmation of deleting one."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from gallery.actions.collections import (
    TooManyCollections,
    change_collection,
    create_collection,
    delete_collections,
)
from gallery.models import Collection
from gallery.models.collection import LONGEST_DESCRIPTION, LONGEST_NAME
from gallery.pages.library import IMAGES_A_PAGE, collections_of
from sdsite.core import pagination

LIMITS = {"longest_name": LONGEST_NAME, "longest_description": LONGEST_DESCRIPTION}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collections(request: HttpRequest) -> HttpResponse:
    """List the user's collections, last changed first, and create new ones."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            created = create_collection(owner=request.user, name=request.POST.get("name", ""))
            return redirect("collection", created.pk)
        except ValidationError as error:
            errors = _messages(error)
        except TooManyCollections as error:
            errors = {"name": str(error)}
    # Not paged: the number of collections of one user is limited.
    own = Collection.objects.owned_by(request.user).counted().order_by("-updated_at", "-pk")
    typed = request.POST.get("name", "")
    context = {"collections": own, "errors": errors, "typed": typed, "rail": collections_of(request.user), **LIMITS}
    return render(request, "gallery/collections.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one of the user's collections as a grid; a POST changes its name and description.

    Without scripts its images are links, last added first, from `?cursor=` on.
    """
    shown = _own(request, pk)
    values, errors = {"name": shown.name, "description": shown.description}, {}
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in values}
        try:
            change_collection(collection=_own(request, pk), **values)
            return redirect("collection", pk)
        except ValidationError as error:
            errors = _messages(error)
    cursor = request.GET.get("cursor")
    try:
        page = pagination.page(
            shown.items.kept().select_related("image"), limit=IMAGES_A_PAGE, cursor=cursor, moment="added_at"
        )
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    context = {
        "collection": shown,
        "images": [item.image for item in page.items],
        "next": page.next,
        "cursor": cursor,
        "values": values,
        "errors": errors,
        "rail": collections_of(request.user),
        **LIMITS,
    }
    return render(request, "gallery/collection.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collection_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for confirmation, then delete one of the user's collections; its images stay."""
    shown = _own(request, pk)
    if request.method != "POST":
        return render(request, "gallery/confirm_delete_collection.html", {"collection": shown})
    delete_collections(collections=Collection.objects.filter(pk=shown.pk))
    messages.success(
        request,
        gettext("The collection “%(name)s” was deleted. Its images stay in the library.") % {"name": shown.name},
    )
    return redirect("collections")


def _own(request: HttpRequest, pk: uuid.UUID) -> Any:
    return get_object_or_404(Collection.objects.owned_by(request.user).counted(), pk=pk)


def _messages(error: ValidationError) -> dict[str, str]:
    return {name: " ".join(messages) for name, messages in error.message_dict.items()}
