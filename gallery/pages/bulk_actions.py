"""Actions on the images that are selected in the library."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gallery.actions.collections import TooManyCollections, add_images, get_or_create_collection
from gallery.actions.tags import MOST_TOGETHER, change_tags, split_tags
from gallery.models import Image


@require_POST
@login_required
def images_together(request: HttpRequest) -> HttpResponse:
    """Tag the user's images among `image` with `add`, or add them to the collection `name`, depending on `do`.

    Redirects to `next`; a script that accepts JSON gets `{"said": ...}`, with 422 if nothing was done.
    """
    action = ACTIONS.get(request.POST.get("do", ""))
    if action is None:
        raise Http404("There is no such action.")
    try:
        message, status = action(request, _ids(request)), 200
    except ValidationError as error:
        message, status = " ".join(error.messages), 422
    except TooManyCollections as error:
        message, status = str(error), 422
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"said": message}, status=status)
    (messages.success if status == 200 else messages.error)(request, message)
    back = request.POST.get("next", "")
    is_own_page = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_own_page else "library")


def _tag(request: HttpRequest, ids: list[uuid.UUID]) -> str:
    names = split_tags(request.POST.get("add", ""))
    if not names:
        raise ValidationError("Enter a tag.")
    owner: Any = request.user
    count = change_tags(images=Image.objects.owned_by(owner).kept().filter(pk__in=ids), owner=owner, add=names)
    return f"{_images(count)} tagged."


def _collect(request: HttpRequest, ids: list[uuid.UUID]) -> str:
    if not request.POST.get("name", "").strip():
        raise ValidationError("Enter the name of a collection.")
    collection = get_or_create_collection(owner=request.user, name=request.POST["name"])
    found, added = add_images(collection=collection, ids=ids)
    already = f" {_images(found - added)} already in it." if found > added else ""
    return f"{_images(added)} added to “{collection.name}”.{already}"


ACTIONS: dict[str, Callable[[HttpRequest, list[uuid.UUID]], str]] = {"tag": _tag, "collect": _collect}


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    try:
        ids = [uuid.UUID(value) for value in request.POST.getlist("image")]
    except ValueError as error:
        raise Http404("The id of an image is not valid.") from error
    if not 1 <= len(ids) <= MOST_TOGETHER:
        raise ValidationError(f"Select 1 to {MOST_TOGETHER} images; {len(ids)} are selected.")
    return ids


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
