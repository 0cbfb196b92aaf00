"""Settings recovered from a text or a file, checked against the schema and the site's weights."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from generation.parameters.ranges import SEEDS
from generation.parameters.schema import GenerationParameters
from generation.parameters.validators import check_slug


class NotReadable(ValueError):
    """A text without any settings; the message is a sentence for people."""


@dataclass(frozen=True)
class Model:
    """Weights that a text names: the field that holds the name, their kind, and their hash where the text has one.

    `field` is dotted where it is nested, with a number in a list: "loras.0.name"; `key` is the text's own key.
    """

    field: str
    kind: str
    name: str
    sha256: str = ""
    key: str = ""


@dataclass
class Settings:
    """Recovered settings: fields of GenerationParameters, unknown keys, and notes for people.

    `facts` are facts about how the image was made that are not parameters (hashes, the program's version). `models` are
    the weights that `parameters` name, which the site may or may not have. `skipped` are the pieces of a text that no
    setting could be made of.
    """

    source: str = "A1111"
    parameters: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)

    def put(self, name: str, value: Any) -> None:
        """Set a field, dotted where it is nested."""
        outer, _, inner = name.partition(".")
        if inner:
            self.parameters.setdefault(outer, {})[inner] = value
        else:
            self.parameters[outer] = value

    def refuse(self, key: str, value: Any, note: str = "") -> None:
        """List a key as unknown, with a note where there is a reason to give."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self.unknown.setdefault(key, text)
        if note:
            self.notes.append(note)


# Returns the site's slug of weights that a text names, or None where the site does not have them.
Find = Callable[[Model], str | None]


def by_name(model: Model) -> str | None:
    """Return the name itself where it is a valid slug; the default without a site's rows."""
    try:
        return check_slug(model.field, model.name)
    except ValueError:
        return None


def settle(settings: Settings, find: Find = by_name) -> None:
    """Replace the names that a text gave by slugs of the site; weights that the site lacks are listed as unknown."""
    for model in settings.models:
        outer, _, inner = model.field.partition(".")
        slug = find(model)
        if slug is None:
            named = f"{model.name} [{model.sha256[:10]}]" if model.sha256 else model.name
            settings.refuse(model.key, named.strip(), f"The site has no {model.kind} {named.strip():.80}.")
        if outer in ("loras", "controls"):
            at, _, part = inner.partition(".")
            settings.parameters[outer][int(at)] |= {part: slug}
        elif slug is None:
            settings.parameters.get(outer, {}).pop(inner, None) if inner else settings.parameters.pop(outer, None)
        else:
            settings.put(model.field, slug)
    for name, part in (("loras", "name"), ("controls", "model")):
        if name in settings.parameters:
            kept = [unit for unit in settings.parameters[name] if unit[part] is not None]
            settings.parameters[name] = kept
            if not kept:
                del settings.parameters[name]


def fold_seeds(settings: Settings) -> None:
    """Bring seeds of up to 64 bits, as ComfyUI and others have them, into the site's range, with a note."""
    for name in ("seed", "variation_seed"):
        seed = settings.parameters.get(name)
        if isinstance(seed, int) and SEEDS <= seed < 2**64:
            settings.put(name, seed % SEEDS)
            settings.notes.append(f"{name} {seed} is beyond {SEEDS - 1}, the highest here, and became {seed % SEEDS}.")


def check(settings: Settings) -> None:
    """Move values that a field does not allow to `unknown`, with the schema's message as a note."""
    for name, value in list(settings.parameters.items()):
        try:
            beside = {"task": "upscale"} if name == "prompt" else {}
            checked = GenerationParameters.model_validate({"prompt": "x", **beside, name: value})
        except ValidationError as error:
            del settings.parameters[name]
            if isinstance(value, Mapping) and (rest := _without_faults(name, value, error)):
                settings.parameters[name] = rest
            problem = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
            settings.refuse(name, value, f"{name} is left out: {problem}")
        else:
            settings.parameters[name] = checked.model_dump(mode="json")[name]


def _without_faults(name: str, value: Mapping[str, Any], error: ValidationError) -> dict[str, Any]:
    """Return a nested value without its invalid parts; empty where the rest is invalid too."""
    faults = {str(problem["loc"][1]) for problem in error.errors() if len(problem["loc"]) > 1}
    rest = {part: one for part, one in value.items() if part not in faults}
    try:
        GenerationParameters.model_validate({"prompt": "x", name: rest})
    except ValidationError:
        return {}
    return rest
