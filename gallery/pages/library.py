"""Library page: the user's images as a grid with a search, and the confirmation of deleting an image."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from gallery.actions.trash import trash_images
from gallery.actions.uploads import most_bytes
from gallery.models import Collection, Image, SavedSearch
from gallery.pages import search_form
from gallery.search.filters import filter_images
from gallery.search.nearest import page_of_nearest
from gallery.search.saved import MOST_SEARCHES, saved_as, what_is_gone
from sdsite.accounts.credentials import get_credentials
from sdsite.core import pagination

IMAGES_A_PAGE = 60  # of the page without scripts, which the grid replaces
MOST_COLLECTIONS = 50  # beside the grid


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    """Show the search and the place of the grid, which reads the images that match the query string by itself.

    Without scripts there are the images as links, a page at a time: `?cursor=` continues where an earlier one ended.
    """
    owner: Any = request.user
    cursor = request.GET.get("cursor")
    form = search_form.with_reference(search_form.read(request.GET), get_credentials(request))
    own = Image.objects.owned_by(owner).kept()
    matching = filter_images(own, form.image_filter, owner, newest=IMAGES_A_PAGE) if form.image_filter else own.none()
    try:
        if form.image_filter and (reference := form.image_filter.reference(get_credentials(request))):
            page = page_of_nearest(matching, reference, IMAGES_A_PAGE, cursor)
        else:
            page = pagination.page(matching, limit=IMAGES_A_PAGE, cursor=cursor)
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    if page.items or not form.is_empty:
        form = search_form.with_choices(form, owner)
    searches = list(SavedSearch.objects.owned_by(owner)[:MOST_SEARCHES])
    saved = None if form.is_empty else saved_as(form.query, searches)
    gone = what_is_gone(form.image_filter, owner) if form.image_filter else []
    context = {
        "images": page.items,
        "next": page.next,
        "cursor": cursor,
        "form": form,
        "rail": collections_of(owner),
        "most_file_bytes": most_bytes(),
        "searches": searches,
        "saved": saved,
        "gone": gone,
    }
    return render(request, "gallery/library.html", context)


def collections_of(owner: Any) -> QuerySet[Collection]:
    """Return the collections that the rail beside a grid lists and takes images for, last changed first."""
    return Collection.objects.fillable_by(owner).order_by("-updated_at", "-pk").only("pk", "name")[:MOST_COLLECTIONS]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def image_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for confirmation, then move one of the user's images to the trash; a script that accepts JSON gets 204."""
    found = Image.objects.owned_by(request.user).filter(pk=pk)  # type: ignore[arg-type]
    shown = get_object_or_404(found)
    if request.method != "POST":
        return render(request, "gallery/confirm_delete.html", {"image": shown})
    trash_images(images=found, owner=request.user)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    messages.success(request, gettext("The image is in the trash now."))
    return redirect("library")
