"""Comparison of two to four images: the images beside and over each other, and a table of what differs."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gallery.models import Image
from gallery.models.image import MOST_STARS
from gallery.word_differences import mark_differences
from sdsite.accounts.credentials import get_credentials

LEAST_COMPARED, MOST_COMPARED = 2, 4
LONGEST_IDS = 2000  # characters of `?ids=`
LETTERS = "ABCD"


class NothingToCompare(Exception):
    """Too few or too many images were chosen; a sentence for people."""


@require_safe
@login_required
def compare(request: HttpRequest) -> HttpResponse:
    """Compare the images `?ids=`, with commas between them; 404 where the reader may not see one of them.

    The same image twice counts once. Of settings that an owner keeps nothing is shown or compared.
    """
    try:
        images = _images(request)
    except NothingToCompare as error:
        return render(request, "gallery/compare.html", {"problem": str(error)}, status=400)
    compared = _compared(request, images)
    context = {
        "compared": compared,
        "prompts_differ": _differ(compared, "prompt"),
        "negative_prompts_differ": _differ(compared, "negative_prompt"),
        "swapped": compare_url([image.pk for image in (*images[1:], images[0])]),
        "all_stars": range(1, MOST_STARS + 1),
    }
    response = render(request, "gallery/compare.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def compare_url(ids: Sequence[uuid.UUID]) -> str:
    """Return the address that compares images, the first of them with the others; empty for fewer than two."""
    if len(ids) < LEAST_COMPARED:
        return ""
    return f"{reverse('compare')}?ids={','.join(str(one) for one in ids[:MOST_COMPARED])}"


def _images(request: HttpRequest) -> list[Image]:
    """Return the images in the order of their ids, as the reader may know them."""
    texts = ",".join(request.GET.getlist("ids"))[:LONGEST_IDS].split(",")
    try:
        ids = list(dict.fromkeys(uuid.UUID(text.strip()) for text in texts if text.strip()))
    except ValueError as error:
        raise Http404("No such image.") from error
    if len(ids) < LEAST_COMPARED:
        raise NothingToCompare(gettext("Choose at least two different images to compare."))
    if len(ids) > MOST_COMPARED:
        raise NothingToCompare(gettext("Choose at most %(most)d images to compare.") % {"most": MOST_COMPARED})
    credentials = get_credentials(request)
    visible = Image.objects.visible_to(credentials).select_related("owner").in_bulk(ids)
    if len(visible) < len(ids):
        raise Http404("No such image.")
    return [visible[key] for key in ids]


def _compared(request: HttpRequest, images: list[Image]) -> list[dict[str, Any]]:
    """Return what the page shows of each image; prompts are marked by what differs from the first that has one."""
    credentials = get_credentials(request)
    hidden = [image.hides_settings_from(credentials) for image in images]
    withheld = [image.is_withheld_from(credentials) for image in images]
    seen = [image.as_seen_by(credentials) for image in images]
    prompts = _marked([None if hides else image.prompt for image, hides in zip(seen, hidden, strict=True)])
    negatives = _marked(
        [
            None if hides else str(image.parameters.get("negative_prompt") or "")
            for image, hides in zip(seen, hidden, strict=True)
        ]
    )
    return [
        {
            "letter": LETTERS[place],
            "image": image,
            "is_own": image.owner_id == request.user.pk,
            "hides_settings": hidden[place],
            "withheld": withheld[place],
            "prompt": prompts[place],
            "negative_prompt": negatives[place],
            "earlier": compare_url(_one_earlier([one.pk for one in images], place)),
        }
        for place, image in enumerate(seen)
    ]


def _marked(texts: list[str | None]) -> list[list[tuple[str, bool]] | None]:
    marked = iter(mark_differences([text for text in texts if text is not None]))
    return [None if text is None else next(marked) for text in texts]


def _differ(compared: list[dict[str, Any]], name: str) -> bool:
    return any(is_marked for entry in compared for _, is_marked in entry[name] or ())


def _one_earlier(ids: list[uuid.UUID], place: int) -> list[uuid.UUID]:
    """Return the order in which the image at `place` has changed places with the one before it; none for the first."""
    if place == 0:
        return []
    return [*ids[: place - 1], ids[place], ids[place - 1], *ids[place + 1 :]]
