"""Covers of saved styles and presets: the newest of a user's own images whose settings are those that were saved."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from gallery.models import Image
from generation.models import Preset, Style
from sdsite.accounts.models import User

LOOKED_AT = 300  # newest images that are compared: a cover costs no more for whoever has a million
SIDE = 256
# Parameters that change how many images there are, or their files, and not what they show.
_IGNORED = {"version", "count", "batch_size", "output_format", "quality", "preview", "seed", "reproducible"}


def covers(rows: Iterable[Style | Preset], owner: User) -> dict[uuid.UUID, str]:
    """Return {id of a style or preset: URL of a thumbnail} for those that made one of the newest images of `owner`."""
    missing = {row.pk: row for row in rows}
    found: dict[uuid.UUID, str] = {}
    if not missing:
        return found
    images = Image.objects.owned_by(owner).kept().viewable().order_by("-created_at", "-id")
    for pk, prompt, parameters in images.values_list("pk", "prompt", "parameters")[:LOOKED_AT]:
        for row in [row for row in missing.values() if _made(row, prompt, parameters)]:
            found[row.pk] = f"{reverse('image_thumbnail', args=[pk])}?size={SIDE}"
            del missing[row.pk]
        if not missing:
            break
    return found


def _made(row: Style | Preset, prompt: str, parameters: dict[str, Any]) -> bool:
    if isinstance(row, Preset):
        return all(
            _agree(value, parameters.get(name)) for name, value in row.parameters.items() if name not in _IGNORED
        )
    negative = str(parameters.get("negative_prompt") or "")
    return _has_parts(prompt, row.prompt) and _has_parts(negative, row.negative_prompt)


def _has_parts(text: str, style: str) -> bool:
    """Tell whether a prompt has what a style puts before and after the place of the request's own."""
    return all(part.strip(" ,\n") in text for part in style.split("{prompt}"))


def _agree(wanted: Any, made: Any) -> bool:
    """Tell whether a value of an image is the one that a preset asks for; what a preset leaves open agrees."""
    if wanted in (None, [], {}):
        return True
    if isinstance(wanted, dict):
        return isinstance(made, dict) and all(_agree(value, made.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(made, list) and len(wanted) == len(made) and all(map(_agree, wanted, made))
    return bool(wanted == made)
