"""Settings of an image with the slugs of this site: from a file, a text, or an image of the library."""

import json
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.text import slugify

from gallery.imaging import embedded_text
from gallery.imaging.embedded_text import UnreadableFile
from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.submission.adapter_checks import find_adapter
from generation.limits import limits_for, offered_to
from generation.models import Adapter
from generation.parameters.metadata.readers import read_text, read_texts
from generation.parameters.metadata.recovered import Model, NotReadable, Settings
from generation.parameters.validators import may_be_a_name
from sdsite.accounts.credentials import Credentials

_FEWEST_DIGITS = 8  # of a hash that counts as a match


def settings_of_file(data: bytes, credentials: Credentials) -> Settings:
    """Return the settings inside a PNG, JPEG or WebP file; no pixel is decoded.

    Raises:
        JobRefused: `unreadable_settings`, the file has another format, is damaged, or holds no settings.
    """
    return _read(lambda: read_texts(embedded_text.read_texts(data), finder(credentials)), "file")


def settings_of_text(text: str, credentials: Credentials) -> Settings:
    """Return the settings in an infotext, or in JSON of this site, ComfyUI and others.

    Raises:
        JobRefused: `unreadable_settings`, the text holds none.
    """
    return _read(lambda: read_text(text, finder(credentials)), "text")


def settings_of_image(image: Image, credentials: Credentials) -> Settings:
    """Return the settings of an image of the library from its row."""
    weights = {**image.receipt.get("weights", {})}
    recorded = {"seed": image.seed, "parameters": image.parameters, "receipt": {"weights": weights}}
    return _read(lambda: read_texts({"sdsite": json.dumps(recorded)}, finder(credentials)), "image_id")


def _read(reader: Callable[[], Settings], field: str) -> Settings:
    try:
        return reader()
    except (UnreadableFile, NotReadable) as error:
        raise JobRefused("unreadable_settings", str(error), fields={field: str(error)}) from error


def finder(credentials: Credentials) -> Callable[[Model], str | None]:
    """Return a function that finds the slug of weights by name or hash, among those that `credentials` may use.

    A hash is tried before a name. A name is a slug or a title, without regard to case and punctuation.
    """
    offered = offered_to(limits_for(credentials))

    def find(model: Model) -> str | None:
        if not may_be_a_name(model.name):
            return None
        if model.kind == "checkpoint":
            return _find_checkpoint(offered, model)
        by_hash = Adapter.objects.enabled().of_kind(model.kind).filter(sha256__istartswith=model.sha256 or "-")
        row: Any = by_hash.first() if len(model.sha256) >= _FEWEST_DIGITS else None
        row = row or find_adapter(model.kind, model.name) or find_adapter(model.kind, slugify(model.name))
        return row.slug if row else None

    return find


def _find_checkpoint(offered: Any, model: Model) -> str | None:
    if len(model.sha256) >= _FEWEST_DIGITS:
        found = offered.filter(sha256__istartswith=model.sha256).values_list("slug", flat=True).first()
        if found:
            return str(found)
    name = model.name
    named = Q(slug__iexact=name) | Q(title__iexact=name) | Q(slug__iexact=slugify(name) or name)
    slug = offered.filter(named).values_list("slug", flat=True).first()
    return str(slug) if slug else None
