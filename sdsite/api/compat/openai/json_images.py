"""Input images of edits and variations in a body of JSON, as newer clients and gateways send them.

`images: [{"image_url": "data:image/png;base64,..."}]`, or `image` and `mask` as such an object or as the text alone.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from generation.errors import JobRefused
from generation.jobs.submission.input_images import load_bytes
from sdsite.accounts.models import User
from sdsite.api.compat.openai.multipart import Files
from sdsite.api.endpoint import json_body

# Field of the body -> the file's name in the form.
FIELDS: Mapping[str, str] = {"images": "image", "image": "image", "mask": "mask"}


def is_json(request: HttpRequest) -> bool:
    """Tell whether the body is declared as JSON; everything else must be a form."""
    kind = request.content_type or ""
    return kind == "application/json" or kind.endswith("+json")


def read_json(request: HttpRequest, owner: User) -> tuple[dict[str, Any], Files]:
    """Return the values and the files of a body of JSON, as `read_form` does for a form.

    An image that is given by its address is fetched, at most as often and as large as an input image of the native API.

    Raises:
        ApiError: `invalid_json`.
        JobRefused: `invalid_parameters`, an image is unreadable, or there are several.
        RateLimited: the owner has had too many addresses fetched.
    """
    values = json_body(request)
    sent: dict[str, list[Any]] = {}
    for field, name in FIELDS.items():
        found = values.pop(field, None)
        given = found if isinstance(found, list) else [found]
        sent.setdefault(name, []).extend(one for one in given if one not in (None, ""))
    return values, {name: _file(name, found, owner) for name, found in sent.items() if found}


def _file(name: str, found: list[Any], owner: User) -> bytes:
    if len(found) > 1:
        raise _refused(name, f"must be one image at most: several are not combined here; got {len(found)}")
    one = found[0]
    if isinstance(one, dict):
        one = one.get("image_url") or one.get("url")
        one = one.get("url") if isinstance(one, dict) else one
    if not isinstance(one, str) or not one:
        raise _refused(name, 'must be {"image_url": ...} with a data: URL or an address; file_id is not known here')
    return load_bytes(name, one, owner)


def _refused(name: str, sentence: str) -> JobRefused:
    message = f"{name} {sentence}"
    return JobRefused("invalid_parameters", message, fields={name: message})
