"""What is done to several images at once: those selected in the library."""

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
    """Tag one's own images among `image` with `add`, or put them into the collection called `name`, as `do` says.

    Leads back to `next`; a script that wants JSON gets `{"said": ...}`, with 422 where nothing was done.
    """
    deed = ACTIONS.get(request.POST.get("do", ""))
    if deed is None:
        raise Http404("Nothing of this name can be done.")
    try:
        said, status = deed(request, _ids(request)), 200
    except ValidationError as error:
        said, status = " ".join(error.messages), 422
    except TooManyCollections as error:
        said, status = str(error), 422
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"said": said}, status=status)
    (messages.success if status == 200 else messages.error)(request, said)
    back = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if here else "library")


def _tag(request: HttpRequest, ids: list[uuid.UUID]) -> str:
    names = split_tags(request.POST.get("add", ""))
    if not names:
        raise ValidationError("Type a tag first.")
    owner: Any = request.user
    count = change_tags(images=Image.objects.owned_by(owner).filter(pk__in=ids), owner=owner, add=names)
    return f"{_images(count)} tagged."


def _collect(request: HttpRequest, ids: list[uuid.UUID]) -> str:
    if not request.POST.get("name", "").strip():
        raise ValidationError("Name a collection first.")
    collection = get_or_create_collection(owner=request.user, name=request.POST["name"])
    found, added = add_images(collection=collection, ids=ids)
    already = f" {_images(found - added)} in it already." if found > added else ""
    return f"{_images(added)} added to “{collection.name}”.{already}"


ACTIONS: dict[str, Callable[[HttpRequest, list[uuid.UUID]], str]] = {"tag": _tag, "collect": _collect}


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    try:
        ids = [uuid.UUID(value) for value in request.POST.getlist("image")]
    except ValueError as error:
        raise Http404("An image's id is none.") from error
    if not 1 <= len(ids) <= MOST_TOGETHER:
        raise ValidationError(f"Select 1 to {MOST_TOGETHER} images; these are {len(ids)}.")
    return ids


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
