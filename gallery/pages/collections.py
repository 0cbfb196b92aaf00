"""Pages of collections: the list, one collection with its images, and the confirmation of deleting one."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from gallery.actions.collections import (
    TooManyCollections,
    change_collection,
    create_collection,
    delete_collections,
)
from gallery.actions.uploads import most_bytes
from gallery.models import Collection, Image
from gallery.models.collection import LONGEST_DESCRIPTION, LONGEST_NAME, MOST_COUNTED
from gallery.models.image import audiences_of, links_open
from gallery.pages.library import IMAGES_A_PAGE, collections_of
from gallery.search.collection_order import ItemPage, list_items
from sdsite.accounts.credentials import get_credentials
from sdsite.core import pagination

MOST_SHARED = 200  # collections of others on the page
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
    # Neither is paged: the number of collections of one user is limited, and of shared ones the newest are listed.
    own = Collection.objects.owned_by(request.user).counted(request.user, MOST_COUNTED)
    shared = Collection.objects.shared_with(request.user).filter(members__user=request.user.pk)
    shared = shared.counted(request.user, MOST_COUNTED).select_related("owner")
    context = {
        "collections": own.order_by("-updated_at", "-pk"),
        "shared": shared.order_by("-updated_at", "-pk")[:MOST_SHARED],
        "fillable": set(Collection.objects.fillable_by(request.user).values_list("pk", flat=True)),
        "errors": errors,
        "typed": request.POST.get("name", ""),
        "rail": collections_of(request.user),
        "most_file_bytes": most_bytes(),
        **LIMITS,
    }
    return render(request, "gallery/collections.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def collection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a collection that the reader may see as a grid; a POST of its owner changes its name and description.

    Without scripts its images are links in the order of the collection, from `?cursor=` on. Visitors see one that is
    public on a bare page, and are asked to log in for every other.
    """
    if not request.user.is_authenticated:
        return _public_page(request, pk)
    shown = _seen(request, pk)
    values, errors = {"name": shown.name, "description": shown.description}, {}
    if request.method == "POST":
        own = _own(request, pk)
        values = {name: request.POST.get(name, "") for name in values}
        try:
            change_collection(collection=own, **values)
            return redirect("collection", pk)
        except ValidationError as error:
            errors = _messages(error)
    cursor = request.GET.get("cursor")
    page = _page_of(request, shown, cursor)
    is_own = shown.owner_id == request.user.pk
    membership = None if is_own else shown.members.filter(user=request.user.pk).first()
    credentials = get_credentials(request)
    context = {
        "collection": shown,
        "is_own": is_own,
        "shares": links_open() or bool(audiences_of(request.user)),
        "membership": membership,
        "images": [item.image.as_seen_by(credentials) for item in page.items],
        "next": page.next,
        "cursor": cursor,
        "values": values,
        "errors": errors,
        "rail": collections_of(request.user),
        "most_file_bytes": most_bytes(),
        **LIMITS,
    }
    return render(request, "gallery/collection.html", context, status=422 if errors else 200)


def _public_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    shown = Collection.objects.visible_to(request.user).filter(pk=pk).first()
    if shown is None or request.method == "POST":
        return redirect_to_login(request.get_full_path())
    cursor = request.GET.get("cursor")
    page = _page_of(request, shown, cursor)
    credentials = get_credentials(request)
    images = [item.image.as_seen_by(credentials) for item in page.items]
    context = {
        "collection": shown,
        "is_public": True,
        "images": [(image, _addresses(request, image)) for image in images],
        "next": page.next,
    }
    response = render(request, "gallery/shared/collection.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def _page_of(request: HttpRequest, shown: Collection, cursor: str | None) -> ItemPage:
    try:
        return list_items(shown, request.user, limit=IMAGES_A_PAGE, cursor=cursor)
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error


def _addresses(request: HttpRequest, image: Image) -> dict[str, str]:
    """Return the addresses of a public image as the page behind a link names those of its images."""
    thumbnail = reverse("image_thumbnail", args=[image.pk])
    return {
        "page": reverse("image", args=[image.pk]),
        "thumbnail": thumbnail,
        "srcset": f"{thumbnail}?size=256 256w, {thumbnail}?size=512 512w, {thumbnail}?size=1024 1024w",
        "preview": request.build_absolute_uri(f"{thumbnail}?size=1024"),
    }


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
    return get_object_or_404(Collection.objects.owned_by(request.user).counted(request.user), pk=pk)


def _seen(request: HttpRequest, pk: uuid.UUID) -> Any:
    seen = Collection.objects.visible_to(request.user).counted(request.user).select_related("owner")
    return get_object_or_404(seen, pk=pk)


def _messages(error: ValidationError) -> dict[str, str]:
    return {name: " ".join(messages) for name, messages in error.message_dict.items()}
