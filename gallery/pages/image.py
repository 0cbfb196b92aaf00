"""Page of one image, and the panel beside it that the viewer shows over other pages."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from gallery.actions.collections import TooManyCollections, add_images, get_or_create_collection, remove_image
from gallery.actions.tags import change_tags, split_tags
from gallery.actions.trash import deleted_at
from gallery.lineage import lineage_of
from gallery.models import Collection, Image, Like
from gallery.models.collection import LONGEST_NAME
from gallery.models.image import LONGEST_NOTE, MOST_STARS, ImageQuerySet, audiences_of, links_open
from gallery.models.tag import LONGEST_TAG
from gallery.pages.compare import compare_url
from sdsite.accounts.credentials import Credentials, get_credentials

MOST_SIBLINGS = 500  # of one job, in the filmstrip of an image that was opened by its address
MOST_IN_ROW = 60  # thumbnails
LONGEST_ALT = 120  # characters of a prompt


@require_safe
def image(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one image with everything that the reader may know about it; 404 for those who may not see it.

    Visitors see a public image on a bare page, and are asked to log in for everything else.
    """
    if not request.user.is_authenticated:
        return _public_page(request, pk)
    return _page(request, _seen(request, pk))


def _public_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    shown = _visible(request).filter(pk=pk).first()
    if shown is None:
        return redirect_to_login(request.get_full_path())
    file, thumbnail = reverse("image_file", args=[pk]), reverse("image_thumbnail", args=[pk])
    context = {
        "image": shown,
        "addresses": {"file": file, "preview": request.build_absolute_uri(f"{thumbnail}?size=1024")},
        "shows_settings": not shown.strips_metadata,
        "is_public": True,
    }
    response = render(request, "gallery/shared/image.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@login_required
def image_panel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return what stands beside an image as a part of a page, for the viewer; 404 for other users."""
    shown = _seen(request, pk)
    return render(request, "gallery/_image_panel.html", _panel(request, shown, _siblings(request, shown)))


def _seen(request: HttpRequest, pk: uuid.UUID) -> Image:
    return get_object_or_404(_visible(request), pk=pk).as_seen_by(get_credentials(request))


def _visible(request: HttpRequest) -> ImageQuerySet:
    return Image.objects.visible_to(get_credentials(request)).select_related("owner")


def _page(request: HttpRequest, shown: Image, *, status: int = 200, **more: Any) -> HttpResponse:
    siblings = _siblings(request, shown)
    place = next((position for position, sibling in enumerate(siblings) if sibling.pk == shown.pk), None)
    context = {
        **_panel(request, shown, siblings),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place is not None and place + 1 < len(siblings) else None,
        "list": [_item(sibling) for sibling in (siblings if place is not None else [shown])],
        **more,
    }
    return render(request, "gallery/image.html", context, status=status)


def _siblings(request: HttpRequest, shown: Image) -> list[Image]:
    """Return the images of the job that the reader may see, by index; without those in the trash."""
    credentials = get_credentials(request)
    of_job = Image.objects.visible_to(credentials).kept().of_job(shown.job_id)
    columns = ("pk", "index", "job_id", "width", "height", "prompt", "strips_metadata", "owner_id")
    siblings = of_job.only(*columns, "quarantined_at", "blurred_at")[:MOST_SIBLINGS]
    return [one.as_seen_by(credentials) for one in siblings]


def _item(one: Image) -> dict[str, Any]:
    """Return an image as the viewer's lists have it (static/js/gallery/viewer/lists.js)."""
    return {
        "id": str(one.pk),
        "width": one.width,
        "height": one.height,
        "prompt": one.prompt[:LONGEST_ALT],
        "quarantined": one.quarantined_at is not None,
    }


def _panel(request: HttpRequest, shown: Image, siblings: list[Image]) -> dict[str, Any]:
    """Return the context of the panel beside the image."""
    credentials = get_credentials(request)
    is_own = shown.owner_id == request.user.pk
    return {
        "image": shown,
        "is_own": is_own,
        "hides_settings": shown.hides_settings_from(credentials),
        "liked": Like.objects.filter(image=shown.pk, user=request.user.pk).exists(),
        "shares": links_open() or bool(audiences_of(request.user)),
        "deleted_at": deleted_at(shown),
        "withheld": shown.is_withheld_from(credentials),
        "tags": list(shown.tags.all()),
        "rows": _rows(shown, siblings, credentials),
        "all_stars": range(1, MOST_STARS + 1),
        "longest_tag": LONGEST_TAG,
        "longest_name": LONGEST_NAME,
        "longest_note": LONGEST_NOTE,
        **(_collections(shown) if is_own else {}),
    }


def _rows(shown: Image, siblings: list[Image], credentials: Credentials) -> list[dict[str, Any]]:
    """Return the rows of thumbnails that there are: what it was made from, what was made from it, its job."""
    lineage = lineage_of(shown, credentials)
    of_job = [
        {
            **_item(one),
            "id": one.pk,
            "label": gettext("Image %(number)d") % {"number": one.index + 1},
            "page_url": reverse("image", args=[one.pk]),
            "thumbnail_url": reverse("image_thumbnail", args=[one.pk]),
        }
        for one in siblings[: MOST_IN_ROW if len(siblings) > 1 else 0]
    ]
    sheet = reverse("api:job_sheet", args=[shown.job_id])
    parents = [one.id for one in lineage.parents if one.kind == "image"]
    children = [one.id for one in lineage.children]
    rows: list[dict[str, Any]] = [
        {"name": gettext("Made from"), "images": lineage.parents, "labelled": True, "others": parents},
        {"name": gettext("Made from this"), "images": lineage.children, "labelled": True, "others": children},
        {
            "name": gettext("From the same job"),
            "images": of_job,
            "sheet": sheet,
            "others": [one["id"] for one in of_job],
        },
    ]
    return [
        row | {"compare": compare_url(list(dict.fromkeys([shown.pk, *row["others"]])))} for row in rows if row["images"]
    ]


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
        collection, _is_new = get_or_create_collection(owner=owner, name=typed)
        add_images(collection=collection, ids=[shown.pk])
    except (ValidationError, TooManyCollections) as error:
        message = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _page(request, shown, status=422, typed_name=typed, collection_error=message)
    return _back(shown)


def _back(shown: Image) -> HttpResponse:
    return redirect(f"{reverse('image', args=[shown.pk])}#kept")
