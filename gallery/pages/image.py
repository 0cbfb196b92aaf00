"""Page of one image: its facts, its tags and its collections."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gallery.actions.collections import TooManyCollections, add_images, get_or_create_collection, remove_image
from gallery.actions.tags import change_tags, split_tags
from gallery.actions.trash import deleted_at
from gallery.models import Collection, Image
from gallery.models.collection import LONGEST_NAME
from gallery.models.tag import LONGEST_TAG
from sdsite.accounts.credentials import get_credentials


@require_safe
@login_required
def image(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one image with everything that is known about it; 404 for other users."""
    return _page(request, get_object_or_404(Image.objects.visible_to(get_credentials(request)), pk=pk))


def _page(request: HttpRequest, shown: Image, *, status: int = 200, **more: Any) -> HttpResponse:
    credentials = get_credentials(request)
    of_job = Image.objects.visible_to(credentials).of_job(shown.job_id)
    listed = of_job.kept() if shown.trashed_at is None else of_job.filter(pk=shown.pk)
    siblings = list(listed.only("pk", "index", "job_id", "prompt"))
    place = next(position for position, sibling in enumerate(siblings) if sibling.pk == shown.pk)
    is_own = shown.owner_id == request.user.pk
    context = {
        "image": shown,
        "siblings": siblings,
        "place": place + 1,
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
        "is_own": is_own,
        "deleted_at": deleted_at(shown),
        "withheld": shown.is_withheld_from(credentials),
        "tags": list(shown.tags.all()),
        "longest_tag": LONGEST_TAG,
        "longest_name": LONGEST_NAME,
        **(_collections(shown) if is_own else {}),
        **more,
    }
    return render(request, "gallery/image.html", context, status=status)


def _collections(shown: Image) -> dict[str, Any]:
    """Return the owner's collections by name: those the image is in, and the others."""
    within = set(shown.items.values_list("collection", flat=True))
    own = list(Collection.objects.filter(owner_id=shown.owner_id).order_by("folded").only("pk", "name"))
    return {
        "collections": [collection for collection in own if collection.pk in within],
        "other_collections": [collection for collection in own if collection.pk not in within],
    }


@require_POST
@login_required
def image_tags(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add the tags `add`, separated by commas, to one of the user's images, or remove the tags `remove`."""
    found = Image.objects.owned_by(request.user).filter(pk=pk)  # type: ignore[arg-type]
    shown = get_object_or_404(found)
    typed = request.POST.get("add", "")
    try:
        change_tags(images=found, owner=request.user, add=split_tags(typed), remove=request.POST.getlist("remove"))
    except ValidationError as error:
        return _page(request, shown, status=422, typed_tags=typed, tag_error=" ".join(error.messages))
    return _back(shown)


@require_POST
@login_required
def image_collections(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add one of the user's images to the collection `name`, creating it if necessary, or remove it from `remove`."""
    owner: Any = request.user
    shown = get_object_or_404(Image.objects.owned_by(owner), pk=pk)
    if "remove" in request.POST:
        try:
            key = uuid.UUID(request.POST["remove"])
        except ValueError as error:
            raise Http404("No such collection.") from error
        remove_image(collection=get_object_or_404(Collection.objects.owned_by(owner), pk=key), image_id=shown.pk)
        return _back(shown)
    typed = request.POST.get("name", "")
    try:
        add_images(collection=get_or_create_collection(owner=owner, name=typed), ids=[shown.pk])
    except (ValidationError, TooManyCollections) as error:
        message = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _page(request, shown, status=422, typed_name=typed, collection_error=message)
    return _back(shown)


def _back(shown: Image) -> HttpResponse:
    return redirect(f"{reverse('image', args=[shown.pk])}#kept")
