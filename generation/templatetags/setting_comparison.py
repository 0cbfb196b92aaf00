"""Template tag for a table of the settings of several images, and which of them differ."""

import json
from typing import Any, NamedTuple

from django import template
from django.template.defaultfilters import date, filesizeformat
from django.utils.translation import gettext as _

from gallery.models import Image
from generation.parameters.labels import LABELS
from generation.templatetags.parameter_labels import (
    duration,
    other_names,
    sampler_label,
    schedule_label,
    value_in_words,
)

register = template.Library()


class Value(NamedTuple):
    """A setting of one image: what is compared, and how it is shown."""

    raw: Any
    text: str


class Row(NamedTuple):
    """One line of the table; a cell is None where the owner of that image keeps its settings."""

    label: str
    cells: list[str | None]
    differs: bool


@register.simple_tag
def compared_settings(compared: list[dict[str, Any]]) -> list[Row]:
    """Return the rows of a table of the entries of `gallery.pages.compare`; what is not a setting never differs.

    A setting that an image does not have is an empty cell. Input images that are different but read alike get numbers.
    """
    columns = [None if entry["hides_settings"] else _settings(entry["image"]) for entry in compared]
    labels = dict.fromkeys(label for column in columns if column is not None for label in column)
    facts = [_facts(entry["image"]) for entry in compared]
    return [*(_row(label, columns) for label in labels), *_fact_rows(facts)]


def _row(label: str, columns: list[dict[str, Value] | None]) -> Row:
    nothing = Value(None, "")
    values = [None if column is None else column.get(label, nothing) for column in columns]
    distinct = list(dict.fromkeys(_key(value) for value in values if value))
    texts = [value.text for value in values if value]
    reads_alike = len(distinct) > len(set(texts))
    cells = [
        None if value is None else f"{value.text} ({distinct.index(_key(value)) + 1})" if reads_alike else value.text
        for value in values
    ]
    return Row(label, cells, len(distinct) > 1)


def _key(value: Value) -> str:
    return json.dumps(value.raw, sort_keys=True, default=str)


def _fact_rows(facts: list[dict[str, str]]) -> list[Row]:
    return [Row(label, [column[label] for column in facts], False) for label in facts[0]] if facts else []


def _settings(image: Image) -> dict[str, Value]:
    """Return the settings of an image by label; a value that is not there is left out."""
    of = image.parameters
    guidance = of.get("guidance_scale")
    rows: list[tuple[str, Any, str]] = [
        (_("Checkpoint"), of.get("checkpoint"), str(of.get("checkpoint"))),
        (_("Size"), f"{image.width} × {image.height}", f"{image.width} × {image.height}"),
        (_("Steps"), of.get("steps"), str(of.get("steps"))),
        (_("Guidance scale"), guidance, f"{guidance:g}" if isinstance(guidance, int | float) else str(guidance)),
        (_("Sampler"), of.get("sampler"), sampler_label(str(of.get("sampler")))),
        (_("Schedule"), of.get("schedule"), schedule_label(str(of.get("schedule")))),
        (_("Eta"), of.get("eta") or None, f"{of.get('eta') or 0:g}"),
        (_("Seed"), image.seed, str(image.seed)),
        (_("Upscaled"), _factor(of), f"{_factor(of)}×"),
        *((LABELS[name], of[name], value_in_words(name, of[name])) for name in other_names(of)),
    ]
    return {label: Value(raw, text) for label, raw, text in rows if raw not in (None, "")}


def _factor(parameters: dict[str, Any]) -> Any:
    factor = parameters.get("upscale_by") or 1
    return factor if factor > 1 else None


def _facts(image: Image) -> dict[str, str]:
    """Return what is known of the file of an image, whoever may know its settings."""
    seconds = duration(image.receipt.get("seconds"))
    return {
        _("File"): f"{image.width} × {image.height}, {image.format.upper()}, {filesizeformat(image.size_bytes)}",
        _("GPU time"): seconds,
        _("Made on"): date(image.created_at, "j M Y, H:i"),
    }
