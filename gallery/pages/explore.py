"""Explore: the images that people share with everyone, also for visitors where the site shows public images."""

import uuid
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gallery.models import Collection
from gallery.models.collection import MOST_COUNTED, CollectionQuerySet
from gallery.models.image import LONGEST_CHECKPOINT, audiences_of
from gallery.models.tag import LONGEST_TAG
from gallery.search import explore as search
from gallery.search.filters import LONGEST_MEANING
from gallery.search.meaning.references import By, describe_progress, find_reference
from gallery.search.meaning.words import MeaningUnavailable
from gallery.search.nearest import Reference, page_of_nearest
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import User
from sdsite.core import pagination

COLLECTIONS_A_PAGE = 60
LONGEST_USERNAME = 150
IMAGES_A_PAGE = 60  # of the page without scripts, which the grid replaces


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show the shared images by `order` (new, liked), `checkpoint`, `tag` or `liked`, or those `similar` to one."""
    return _page(request, person="")


@require_safe
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Show what one person shares; 404 where that is nothing, so that names cannot be tried."""
    return _page(request, person=username)


@require_safe
def explore_collections(request: HttpRequest) -> HttpResponse:
    """Show the collections that people share with everyone, or those of `person`, the newest first."""
    if not audiences_of(request.user):
        return redirect_to_login(request.get_full_path()) if not request.user.is_authenticated else _nothing()
    person = request.GET.get("person", "").replace("\x00", "")[:LONGEST_USERNAME]
    cursor = request.GET.get("cursor")
    shown = _collections(request, person).counted(request.user, MOST_COUNTED).select_related("owner")
    try:
        page = pagination.page(shown, limit=COLLECTIONS_A_PAGE, cursor=cursor)
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    if person and not page.items and not cursor and not _is_self(request, person):
        return _nothing()
    tabs = [{"label": label, "query": _query(asked)} for label, asked in _tabs(request, person).values()]
    context = {"collections": page.items, "next": page.next, "person": person, "tabs": tabs}
    return render(request, "gallery/explore_collections.html", context)


def _collections(request: HttpRequest, person: str) -> CollectionQuerySet:
    shown: CollectionQuerySet = Collection.objects.open_to(request.user)
    return shown.filter(owner__username=person) if person else shown


def _page(request: HttpRequest, *, person: str) -> HttpResponse:
    if not audiences_of(request.user):
        return redirect_to_login(request.get_full_path()) if not request.user.is_authenticated else _nothing()
    wanted = search.ExploreFilter(
        person=person,
        checkpoint=request.GET.get("checkpoint", "").replace("\x00", "")[:LONGEST_CHECKPOINT],
        tag=request.GET.get("tag", "").replace("\x00", "")[:LONGEST_TAG],
        liked_by_me=request.user.is_authenticated and not person and request.GET.get("liked") == "true",
    )
    images = search.shared_images(request.user, wanted)
    compared, reference, problem = _compared(request)
    if reference is not None:
        images = reference.narrow(images, None)
    elif problem:
        images = images.none()
    number = search.count_shared(images)
    has_collections = bool(person) and _collections(request, person).exists()
    if person and not number and not has_collections and not _is_self(request, person):
        return _nothing()
    images, cursor = images.select_related("owner"), request.GET.get("cursor")
    try:
        if reference is not None:
            shown = page_of_nearest(images, reference, IMAGES_A_PAGE, cursor)
        else:
            shown = pagination.page(images, limit=IMAGES_A_PAGE, cursor=cursor, moment="published_at")
    except pagination.InvalidCursor as error:
        raise Http404(str(error)) from error
    credentials = get_credentials(request)
    filters = {"checkpoint": wanted.checkpoint, "tag": wanted.tag, **compared}
    names = filters | {"similar": gettext("Similar in meaning") if compared["by"] else gettext("Similar images")}
    chosen = "likes" if wanted.liked_by_me else "liked" if request.GET.get("order") == "liked" else "new"
    tabs = _tabs(request, person)
    context = {
        "images": [image.as_seen_by(credentials) for image in shown.items],
        "next": shown.next,
        "number": min(number, search.MOST_LIKED) if chosen == "liked" else number,
        "bounded": number == search.MOST_COUNTED,
        "person": person,
        "has_collections": has_collections or not person,
        "query": _query(tabs[chosen][1] | filters | ({"person": person} if person else {})),
        "tabs": [
            {"label": label, "query": _query(asked | filters), "is_current": name == chosen}
            for name, (label, asked) in tabs.items()
        ],
        "chips": [
            {"label": names[name], "query": _query(tabs[chosen][1] | filters | {name: ""})}
            for name, value in filters.items()
            if value and name not in ("by", "meaning")
        ],
        "problem": problem,
        "words": compared["meaning"],
        "kept": tabs[chosen][1] | {name: filters[name] for name in ("checkpoint", "tag")},
        "progress": describe_progress() if compared["by"] or compared["meaning"] else "",
    }
    return render(request, "gallery/explore.html", context)


def _tabs(request: HttpRequest, person: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the tabs by name: label and what they ask for."""
    tabs = {"new": (gettext("New"), {}), "liked": (gettext("Most liked"), {"order": "liked"})}
    likes = {"likes": (gettext("Liked by me"), {"liked": "true"})}
    return tabs | (likes if request.user.is_authenticated and not person else {})


def _compared(request: HttpRequest) -> tuple[dict[str, str], Reference | None, str]:
    """Return what the query string compares images with, the same found, and the sentence that says why it is not.

    404 where `similar` is no image. Visitors compare with images only: words would cost a worker's time.
    """
    words = request.GET.get("meaning", "").replace("\x00", "").strip()[:LONGEST_MEANING]
    try:
        similar = uuid.UUID(typed) if (typed := request.GET.get("similar", "")) else None
    except ValueError as error:
        raise Http404("No such image.") from error
    by: By = "meaning" if similar and request.GET.get("by") == "meaning" else "look"
    meaning = "" if similar or not request.user.is_authenticated else words
    asked = {"similar": str(similar or ""), "by": "" if by == "look" else by, "meaning": meaning}
    try:
        reader = get_credentials(request)
        return asked, find_reference(similar=similar, by=by, meaning=meaning, reader=reader), ""
    except ValidationError as error:
        return asked, None, " ".join(error.messages)
    except MeaningUnavailable as error:
        return asked, None, str(error)


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _is_self(request: HttpRequest, name: str) -> bool:
    return isinstance(request.user, User) and request.user.username == name


def _nothing() -> HttpResponse:
    """Raise the 404 of a page on which nothing is shared."""
    raise Http404("Nothing is shared here.")
