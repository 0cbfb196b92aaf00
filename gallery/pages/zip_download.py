"""Download of many images as a zip file, by a form or a link."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError as InvalidFilter

from gallery.actions.bulk.run import MOST_IDS
from gallery.search.filters import ImageFilter
from gallery.search.meaning.words import MeaningUnavailable
from gallery.zip_files import select_images, zip_response
from sdsite.core.backpressure import get_backpressure
from sdsite.core.exclusive import AlreadyRunning

OTHER_FIELDS = {"ids", "metadata", "steps", "csrfmiddlewaretoken"}


@require_http_methods(["GET", "POST"])
@login_required
def images_zip(request: HttpRequest) -> HttpResponseBase:
    """Send the user's images with the ids `ids` (with commas between them), or those that match the other fields.

    With `metadata=none` without prompts and settings, with `steps=yes` with the previews of kept steps. What is wrong
    is said on the library page.
    """
    data = request.POST if request.method == "POST" else request.GET
    owner: Any = request.user
    try:
        packed = _selected(owner, data)
        if not packed:
            raise ValidationError(_("There are no such images."))
        with_metadata = data.get("metadata") != "none"
        with_steps = data.get("steps") == "yes"
        backpressure = get_backpressure(request)
        return zip_response(packed, owner, backpressure=backpressure, metadata=with_metadata, steps=with_steps)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except (AlreadyRunning, MeaningUnavailable) as error:
        messages.error(request, str(error))
    return redirect("library")


def _selected(owner: Any, data: QueryDict) -> bytes:
    if "ids" in data:
        return select_images(owner=owner, ids=_ids(data.getlist("ids")))
    unknown = [name for name in data if name not in {*ImageFilter.model_fields, *OTHER_FIELDS}]
    if unknown:
        raise ValidationError(_("%(name)s is no condition of a search.") % {"name": unknown[0][:60]})
    lists = {name for name, field in ImageFilter.model_fields.items() if "list" in str(field.annotation)}
    try:
        search = ImageFilter(
            **{name: data.getlist(name) if name in lists else data[name] for name in data if name not in OTHER_FIELDS}
        )
    except InvalidFilter as error:
        raise ValidationError("; ".join(problem["msg"] for problem in error.errors()[:3])) from error
    return select_images(owner=owner, search=search)


def _ids(values: list[str]) -> list[uuid.UUID]:
    texts = [text for value in values for text in value.split(",") if text.strip()]
    if len(texts) > MOST_IDS:
        raise ValidationError(_("Select at most %(most)d images.") % {"most": MOST_IDS})
    try:
        return [uuid.UUID(text.strip()) for text in texts]
    except ValueError as error:
        raise ValidationError(_("The id of an image is not valid.")) from error
