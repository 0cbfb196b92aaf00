"""Read settings from the texts in an image file: the site's JSON, A1111's infotext, ComfyUI's graph and others."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from generation.parameters.metadata.a1111 import finished, put_sampler, put_schedule, read, take_loras
from generation.parameters.metadata.comfyui import read_graph, stem
from generation.parameters.metadata.infotext_keys import UNWRITTEN
from generation.parameters.metadata.programs import load, read_object
from generation.parameters.metadata.recovered import Find, Model, NotReadable, Settings, by_name
from generation.parameters.schema import GenerationParameters

_NO_SETTINGS = "There are no settings in the file: it was saved by a program that writes none, or they were removed."
_OWN_FIELDS = frozenset(GenerationParameters.model_fields) - UNWRITTEN


def read_texts(texts: Mapping[str, str], find: Find = by_name) -> Settings:
    """Return the settings that the texts of one file hold, from the first text that holds any.

    Args:
        texts: by name, as `gallery.imaging.embedded_text.read_texts` returns them.
        find: returns the slug of the weights that a name stands for.

    Raises:
        NotReadable: none of them holds settings.
    """
    last: NotReadable | None = None
    for name, reader in _READERS.items():
        if not texts.get(name, "").strip():
            continue
        try:
            return reader(texts[name], find)
        except NotReadable as error:
            last = error
    try:
        return read_object(texts, find)  # Easy Diffusion writes a text for each setting
    except NotReadable:
        raise last or NotReadable(_NO_SETTINGS) from None


def read_text(text: str, find: Find = by_name) -> Settings:
    """Return the settings of a pasted text, in any of the formats.

    Raises:
        NotReadable: it is in none of the formats that the site reads.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return read(text, find)
    found, is_whole = load(text)
    if found is None:
        return read(text, find)
    for reader in (_read_own, read_graph, _read_invoke, _read_novelai) if is_whole else ():
        try:
            return reader(text, find)
        except NotReadable:
            continue
    for name in _INFOTEXTS:
        told = found.get(name)
        told = told[0] if isinstance(told, list) and told else told
        if isinstance(told, str) and (settings := read(told, find)).source != "text":
            return settings
    settings = read_object(found, find)
    if not is_whole:
        settings.notes.append("The JSON is damaged: only what is intact in it was read.")
    return settings


_INFOTEXTS = ("infotexts", "infotext", "info", "parameters")  # where A1111's API and SD.Next put it into JSON


def _read_stated(text: str, find: Find) -> Settings:
    """Read a text of a kind that cameras and other programs write, too: one without settings is not a prompt."""
    settings = read_text(text, find)
    if settings.source == "text":
        raise NotReadable(_NO_SETTINGS)
    return settings


def _object(text: str, *needed: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadable("The settings in the file are not valid JSON.") from error
    if not isinstance(found, dict) or not all(name in found for name in needed):
        raise NotReadable("The settings in the file are in a format that the site does not know.")
    return found


def _read_own(text: str, find: Find) -> Settings:
    """Read what `gallery.imaging.metadata.encode` wrote, or GenerationParameters as plain JSON."""
    found = _object(text)
    given = found.get("parameters") if isinstance(found.get("parameters"), dict) else None
    if given is None:
        if not {"prompt"} <= found.keys() or not found.keys() <= set(GenerationParameters.model_fields):
            raise NotReadable("The JSON is not of this site.")
        given = found
    settings = Settings(source="sdsite")
    # A factor of 1 says something in task upscale only: without one it is the upscaler's own.
    filled = {"upscale_by": 1.0} if given.get("task") != "upscale" else {}
    for name, value in given.items():
        if name in _OWN_FIELDS:
            default = GenerationParameters.model_fields[name].default
            if value not in (default, filled.get(name, default)):
                settings.put(name, value)
        elif name not in UNWRITTEN:
            settings.refuse(name, value)
    if isinstance(found.get("seed"), int):
        settings.put("seed", found["seed"])
    weights = found["receipt"].get("weights", {}) if isinstance(found.get("receipt"), dict) else {}
    _name_models(settings, weights if isinstance(weights, dict) else {})
    return finished(settings, find)


def _name_models(settings: Settings, weights: Mapping[str, Any]) -> None:
    """List the fields that name weights, so that missing ones are found."""

    def name(field: str, kind: str, slug: Any) -> None:
        if isinstance(slug, str):
            settings.models.append(Model(field, kind, slug, str(weights.get(slug) or ""), field))

    given = settings.parameters
    name("checkpoint", "checkpoint", given.get("checkpoint"))
    name("vae", "vae", given.get("vae"))
    for outer, kind, part in (("refiner", "refiner", "checkpoint"), ("ip_adapter", "ip_adapter", "model")):
        if isinstance(given.get(outer), dict):
            name(f"{outer}.{part}", kind, given[outer].get(part))
    for outer, kind, part in (("loras", "lora", "name"), ("controls", "controlnet", "model")):
        units = given.get(outer)
        if isinstance(units, list) and all(isinstance(unit, dict) and part in unit for unit in units):
            for at, unit in enumerate(units):
                name(f"{outer}.{at}.{part}", kind, unit[part])


def _put_all(settings: Settings, found: dict[str, Any], names: Mapping[str, str]) -> None:
    """Copy the values that `names` maps to fields of the site, and list the rest."""
    for theirs, value in found.items():
        if theirs in names:
            if value is not None and value != "":
                settings.put(names[theirs], value)
        elif value not in (None, "", [], {}, False):
            settings.refuse(theirs, value)


_NOVELAI = {"prompt": "prompt", "uc": "negative_prompt", "steps": "steps", "scale": "guidance_scale", "seed": "seed"}
_NOVELAI |= {"width": "width", "height": "height", "cfg_rescale": "guidance_rescale"}


def _read_novelai(text: str, find: Find) -> Settings:
    found = _object(text, "prompt", "uc", "scale", "sampler")
    settings = Settings(source="NovelAI")
    put_sampler(settings, str(found.pop("sampler")))
    put_schedule(
        settings, {"native": "normal"}.get(str(found.get("noise_schedule")), str(found.get("noise_schedule") or ""))
    )
    found.pop("noise_schedule", None)
    _put_all(settings, found, _NOVELAI)
    return finished(settings, find)


_INVOKE = {"positive_prompt": "prompt", "negative_prompt": "negative_prompt", "width": "width", "height": "height"}
_INVOKE |= {
    "seed": "seed",
    "steps": "steps",
    "cfg_scale": "guidance_scale",
    "cfg_rescale_multiplier": "guidance_rescale",
}
_INVOKE |= {"strength": "strength"}
_INVOKE_FACTS = ("app_version", "generation_mode", "rand_device")


def _read_invoke(text: str, find: Find) -> Settings:
    found = _object(text, "positive_prompt")
    settings = Settings(source="InvokeAI")
    scheduler = str(found.pop("scheduler", ""))
    stepped, _, last = scheduler.rpartition("_")
    put_sampler(settings, f"{stepped} karras" if last == "k" else scheduler)
    model = found.pop("model", None)
    if isinstance(model, dict) and (name := model.get("name") or model.get("model_name")):
        digest = str(model.get("hash") or "").rpartition(":")[2]
        settings.put("checkpoint", str(name))
        settings.models.append(Model("checkpoint", "checkpoint", stem(str(name)), digest, "model"))
    skipped = found.pop("clip_skip", None)
    if isinstance(skipped, int):
        settings.put("clip_skip", skipped + 1)  # counts skipped layers; A1111 and this site count from the end
    for name in _INVOKE_FACTS:
        if name in found:
            settings.facts[name] = str(found.pop(name))
    if isinstance(found.get("positive_prompt"), str):
        found["positive_prompt"] = take_loras(settings, found["positive_prompt"])
    _put_all(settings, found, _INVOKE)
    return finished(settings, find)


def _read_workflow(text: str, find: Find) -> Settings:
    raise NotReadable("The file holds a ComfyUI workflow without the prompt graph; save it with the graph.")


# By name of the text; the first that can be read is used.
_READERS: Mapping[str, Callable[[str, Find], Settings]] = {
    "sdsite": _read_own,
    "parameters": read_text,
    "prompt": read_graph,
    "invokeai_metadata": _read_invoke,
    "sd-metadata": read_text,
    "generation_data": lambda text, find: read_text(text.rstrip("\x00"), find),
    "Comment": _read_stated,
    "xmp_comment": _read_stated,
    "xmp_description": _read_stated,
    "comment": _read_stated,
    "description": _read_stated,
    "Description": _read_stated,
    "xp_comment": _read_stated,
    "workflow": _read_workflow,
}
