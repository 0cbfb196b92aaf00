"""Template tags for the controls of the studio's form; ranges and defaults come from the schema, labels from LABELS.

A control's name is the dotted path of its parameter ("hires.scale"); "#" stands for the number of a row in a list
("loras.#.weight"). `static/js/studio/form/fields.js` reads and fills them all by their kind.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from django import template
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from generation.parameters import nested
from generation.parameters.labels import LABELS
from generation.parameters.ranges import RANGES
from generation.parameters.schema import GenerationParameters

register = template.Library()

# Part of the schema -> class with its fields.
PARTS: Mapping[str, type[BaseModel]] = {
    "": GenerationParameters,
    "outpaint": nested.Outpaint,
    "hires": nested.Hires,
    "loras": nested.LoraUse,
    "controls": nested.ControlUse,
    "ip_adapter": nested.IPAdapterUse,
    "refiner": nested.RefinerUse,
    "grid.axes": nested.GridAxis,
}


def field_of(path: str) -> FieldInfo:
    """Return the schema's field at a dotted path.

    Raises:
        KeyError: the schema has none there, which is a mistake in a template.
    """
    part, _, name = path.replace("#.", "").rpartition(".")
    return PARTS[part].model_fields[name]


def _default(path: str, value: Any) -> str:
    """Return the initial value of the control as text: `value` where one is given, else the schema's default."""
    default = field_of(path).default if value is None else value
    if default is None or default is PydanticUndefined:
        return ""
    return f"{default:g}" if isinstance(default, int | float) and not isinstance(default, bool) else str(default)


def _common(path: str, hint: str) -> dict[str, Any]:
    field_of(path)  # raises KeyError for a parameter that does not exist
    return {"name": path, "id": path.replace(".", "-"), "label": LABELS[path.replace("#.", "")], "hint": hint}


@register.inclusion_tag("generation/fields/_number.html")
def number_field(
    path: str,
    *,
    step: float | None = None,
    slider: bool = False,
    slider_least: float | None = None,
    slider_most: float | None = None,
    value: Any = None,
    blank: str = "",
    hint: str = "",
    key: bool = False,
) -> dict[str, Any]:
    """Show a number within its range of `RANGES`, with a slider from `slider_least` to `slider_most` where wanted.

    Browsers count a slider's steps from its least value, so that is a multiple of `step`.
    `blank` is the placeholder, for fields that may be empty. `key`: the nested part is sent when this is above 0.
    """
    allowed = RANGES[path.replace("#.", "")]
    annotation = field_of(path).annotation
    whole = annotation is int or int in get_args(annotation)
    size = step or allowed.multiple_of or (1 if whole else 0.05)
    first = math.ceil(round(allowed.least / size, 9)) * size
    return {
        **_common(path, hint),
        "kind": "integer" if whole else "number",
        "value": _default(path, value),
        "least": f"{allowed.least:g}",
        "most": f"{allowed.most:.17g}",
        "step": f"{size:g}",
        "slider": slider,
        "slider_least": f"{first if slider_least is None else slider_least:g}",
        "slider_most": f"{slider_most or allowed.most:g}",
        "blank": blank,
        "key": key,
    }


@register.inclusion_tag("generation/fields/_choice.html")
def choice_field(
    path: str,
    *,
    options: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    source: str = "",
    blank: str = "",
    hint: str = "",
    key: bool = False,
) -> dict[str, Any]:
    """Show a select of `options` (value, label), or of those that the script has for `source`.

    `blank` is the label of the empty option; without it there is none. `key`: the nested part is sent when an option
    is chosen.
    """
    listed = list(options.items() if isinstance(options, Mapping) else options)
    context = {"options": listed, "source": source, "blank": blank, "value": _default(path, None), "key": key}
    return _common(path, hint) | context


@register.inclusion_tag("generation/fields/_check.html")
def check_field(path: str, *, hint: str = "") -> dict[str, Any]:
    """Show a checkbox for a parameter that is true or false."""
    return _common(path, hint) | {"checked": field_of(path).default is True}


@register.inclusion_tag("generation/fields/_image.html")
def image_field(path: str, *, needed: str = "", hint: str = "") -> dict[str, Any]:
    """Show a field for an image: a file, an address, or an image of the library.

    `needed` is the error for a missing image; empty: the image is optional.
    """
    return _common(path, hint) | {"needed": needed}
