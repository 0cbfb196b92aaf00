"""Read settings from infotext, as A1111, Forge, Civitai and this site write it.

Nothing is lost: keys that are unknown, and values that a field does not allow, are listed under their own names.
"""

import re
from collections.abc import Mapping
from typing import Any

from generation.parameters import catalog
from generation.parameters.metadata.infotext_keys import FACTS, OWN, SIMPLE, Key, as_float, as_int, read_own_value
from generation.parameters.metadata.known_keys import canonical
from generation.parameters.metadata.pairs import scan
from generation.parameters.metadata.recovered import (
    Find,
    Model,
    NotReadable,
    Settings,
    by_name,
    check,
    fold_seeds,
    settle,
)
from generation.parameters.metadata.sections import divide
from generation.parameters.ranges import PROMPT_CHARACTERS
from generation.parameters.sampler_names import (
    ScheduleName,
    find_sampler_and_schedule,
    find_schedule,
    schedule_label,
)
from generation.parameters.schema import GenerationParameters

MOST_CHARACTERS = 200_000
_HASHED = re.compile(r"(.*?)\s*\[([0-9a-fA-F]{6,64})\]")
_LORA = re.compile(r"<(?:lora|lyco):([^<>:]+)(?::([^<>]*))?>")
_LORA_LINE = re.compile(rf"(?:\n|\A)[ \t]*{_LORA.pattern}(?:[ \t]*{_LORA.pattern})*[ \t]*(?=\n|\Z)")
_LORA_INLINE = re.compile(rf",?[ \t]*{_LORA.pattern}")
_KEYS: Mapping[str, Key] = {key.name: key for key in SIMPLE}
_SAME = {f"use same {what}" for what in ("checkpoint", "upscaler", "sampler", "scheduler", "choices")}
_NOT_GIVEN = {"", "none", "automatic", *_SAME}


def read(text: str, find: Find = by_name) -> Settings:
    """Return the settings of an infotext; `Settings.source` names the program that wrote it.

    `find` returns the slug of the weights that a name stands for.

    Raises:
        NotReadable: it is empty or longer than MOST_CHARACTERS.
    """
    if not text.strip():
        raise NotReadable("There is no text to read settings from.")
    if len(text) > MOST_CHARACTERS:
        raise NotReadable(f"The text must be at most {MOST_CHARACTERS} characters; got {len(text)}.")
    parts = divide(text.replace("\x00", ""))
    pairs = parts.pairs.values
    settings = Settings(source=_program(pairs), skipped=parts.pairs.skipped)
    left = {"Prompt": parts.prompt, "Negative prompt": parts.negative}
    for name, value in pairs.items():
        left.setdefault(canonical(name), value)
    take_pairs(settings, left)
    return finished(settings, find)


def take_pairs(settings: Settings, left: dict[str, str]) -> None:
    """Move pairs with A1111's names, and both prompts, into the fields of settings; the rest is listed as unknown."""
    for take in (_take_prompts, _take_model, _take_sampling, _take_strength, _take_controls):
        take(settings, left)
    for name, value in left.items():
        _take_pair(settings, name, value)
    _take_own(settings)


def finished(settings: Settings, find: Find) -> Settings:
    """Return settings with the site's slugs, and without values that a field refuses."""
    settle(settings, find)
    _complete(settings)
    fold_seeds(settings)
    check(settings)
    return settings


def _program(pairs: Mapping[str, str]) -> str:
    version = pairs.get("Version", "")
    if version.casefold().startswith(("sdsite", "comfyui")):
        return "sdsite" if version.casefold().startswith("sdsite") else "ComfyUI"
    if re.match(r"f\d|neo|classic", version):
        return "Forge"
    if "Civitai resources" in pairs:
        return "Civitai"
    return "A1111" if "Steps" in pairs else "text"


def _take_prompts(settings: Settings, left: dict[str, str]) -> None:
    prompt, negative = left.pop("Prompt", ""), left.pop("Negative prompt", "")
    own = left.pop(f"{OWN}prompt", None)
    if own is None:
        prompt = take_loras(settings, prompt)
    else:  # the site's own key, where the format cannot express the prompt
        prompt = str(read_own_value(own))
        loras = read_own_value(left.pop(f"{OWN}loras", "[]"))
        _put_loras(settings, [one for one in loras if isinstance(one, dict) and isinstance(one.get("name"), str)])
    for name, text in (("prompt", prompt), ("negative_prompt", negative)):
        if text:
            settings.put(name, text)


def take_loras(settings: Settings, prompt: str) -> str:
    """Return the prompt without LoRA tags, which go into the field `loras`."""
    loras: list[dict[str, Any]] = []
    if len(prompt) > PROMPT_CHARACTERS:
        return prompt  # which no request takes
    for name, weight in _LORA.findall(prompt):
        try:
            loras.append({"name": name.strip(), "weight": float(weight.partition(":")[0] or 1)})
        except ValueError:
            settings.refuse("Prompt", f"<lora:{name}:{weight}>")
    _put_loras(settings, loras)
    prompt = _LORA_LINE.sub("", prompt)
    return _LORA_INLINE.sub("", prompt).strip() if _LORA.search(prompt) else prompt


def _put_loras(settings: Settings, loras: list[dict[str, Any]]) -> None:
    if loras:
        settings.put("loras", loras)
    for at, lora in enumerate(loras):
        settings.models.append(Model(f"loras.{at}.name", "lora", lora["name"], key=f"lora:{lora['name']}"))


def split_hash(name: str) -> tuple[str, str]:
    """Return a model's name and the hash in brackets after it, empty where there is none."""
    match = _HASHED.fullmatch(name.strip())
    return (match[1], match[2].lower()) if match else (name.strip(), "")


def _take_model(settings: Settings, left: dict[str, str]) -> None:
    name, digest = split_hash(left.pop("Model", ""))
    digest = left.get("Model hash", digest).lower()
    if name or digest:
        settings.put("checkpoint", name or digest)
        settings.models.append(Model("checkpoint", "checkpoint", name, digest, "Model"))
    settings.facts.update({key: left.pop(key) for key in FACTS & left.keys()})


def _take_sampling(settings: Settings, left: dict[str, str]) -> None:
    put_sampler(settings, left.pop("Sampler", ""))
    put_schedule(settings, left.pop("Schedule type", ""))
    scale, distilled = left.pop("CFG scale", ""), left.pop("Distilled CFG Scale", "")
    _put_read(settings, "guidance_scale", distilled or scale, as_float, "CFG scale")
    if distilled and scale not in ("1", "1.0"):
        _put_read(settings, "true_cfg_scale", scale, as_float, "CFG scale")
    _put_read(settings, "eta", left.pop("Eta", ""), as_float, "Eta")
    size = left.pop("Size", "")
    if sides := re.fullmatch(r"\(?(\d{1,6})\s*[x×*,]\s*(\d{1,6})\)?", size):
        settings.parameters |= {"width": int(sides[1]), "height": int(sides[2])}
    elif size:
        settings.refuse("Size", size)
    for side in ("Width", "Height"):
        _put_read(settings, side.lower(), left.pop(side, ""), as_int, side)


def put_sampler(settings: Settings, name: str) -> None:
    """Set the sampler by any of its names, and the schedule where the name carries one."""
    found, schedule = find_sampler_and_schedule(name)
    if found:
        settings.put("sampler", found.key)
        if schedule:
            _put_schedule_keys(settings, schedule)
    elif name:
        settings.refuse("Sampler", name, f"The site has no sampler named {name:.60}.")


def put_schedule(settings: Settings, name: str) -> None:
    """Set schedule and timestep spacing by any name of a schedule."""
    if found := find_schedule(name):
        _put_schedule_keys(settings, found)
    elif name.casefold().strip() not in _NOT_GIVEN:
        settings.refuse("Schedule type", name, f"The site has no schedule named {name:.60}.")


def _put_schedule_keys(settings: Settings, found: ScheduleName) -> None:
    settings.put("schedule", found.schedule)
    settings.parameters.pop("timestep_spacing", None)
    if found.timestep_spacing:
        settings.put("timestep_spacing", found.timestep_spacing)
    if not found.exact:
        settings.notes.append(f"Schedule {found.label}: {schedule_label(found.schedule, None)} is nearest.")


def _take_strength(settings: Settings, left: dict[str, str]) -> None:
    """Set `strength` or `hires.strength`: A1111 has one key for both."""
    resized = left.pop("Hires resize", "")
    scale = _scale(settings, resized)
    if scale:
        left.setdefault("Hires upscale", str(scale))
    elif resized not in ("", "0x0"):
        settings.refuse("Hires resize", resized)
    if strength := left.pop("Denoising strength", ""):
        hires = any(name in left for name in ("Hires upscale", "Hires upscaler", "Hires steps"))
        _put_read(settings, "hires.strength" if hires else "strength", strength, as_float, "Denoising strength")


def _scale(settings: Settings, resized: str) -> float | None:
    """Return the factor between a size "1024x1536" and the first pass; None where the aspect ratio differs."""
    target = re.fullmatch(r"(\d{1,6})x(\d{1,6})", resized)
    width, height = settings.parameters.get("width", 0), settings.parameters.get("height", 0)
    if not target or not width or int(target[1]) * height != int(target[2]) * width:
        return None
    return int(target[1]) / width or None


def _take_controls(settings: Settings, left: dict[str, str]) -> None:
    units: list[dict[str, Any]] = []
    for name in sorted(name for name in left if re.fullmatch(r"ControlNet \d+", name)):
        unit = scan(left[name]).values
        if not unit.get("Image"):
            settings.refuse(name, left.pop(name), f"{name} is left out: its control image is not in the text.")
            continue
        left.pop(name)
        model, digest = split_hash(unit.pop("Model", ""))
        numbers = {"weight": "Weight", "start": "Guidance Start", "end": "Guidance End"}
        values = {ours: unit.get(theirs) for ours, theirs in numbers.items()}
        settings.models.append(Model(f"controls.{len(units)}.model", "controlnet", model, digest, name))
        units.append(
            {"model": model, "image": unit["Image"], "preprocessor": unit.get("Module", "none")}
            | {ours: value for ours, value in values.items() if value}
        )
    if units:
        settings.put("controls", units)


def _take_pair(settings: Settings, name: str, value: str) -> None:
    key = _KEYS.get(name)
    if key is None or (not key.model and value.casefold() in _NOT_GIVEN):
        if name.startswith(OWN) and (field_name := name[len(OWN) :].replace(" ", "_")) in _OWN_FIELDS:
            settings.put(field_name, read_own_value(value))
        else:
            settings.refuse(name, value)
        return
    if key.model:
        if value.casefold() in _NOT_GIVEN:
            return
        value, digest = split_hash(value)
        model = key.read(value)
        settings.put(key.field, model)
        if model not in catalog.UPSCALERS:
            settings.models.append(Model(key.field, key.model, model, digest, name))
        return
    _put_read(settings, key.field, value, key.read, name)


_OWN_FIELDS = frozenset(GenerationParameters.model_fields) - {"version", "count", "grid", "preview", "keep_steps"}


def _put_read(settings: Settings, name: str, value: str, reader: Any, key: str) -> None:
    if not value:
        return
    try:
        settings.put(name, reader(value.strip()))
    except (ValueError, OverflowError):
        settings.refuse(key, value)


def _take_own(settings: Settings) -> None:
    """Add the IP-Adapter that a key of the site names, and the hashes of LoRAs."""
    adapter = settings.parameters.get("ip_adapter")
    if isinstance(adapter, dict):
        name = str(adapter.get("model"))
        settings.models.append(Model("ip_adapter.model", "ip_adapter", name, key=f"{OWN}ip adapter"))
    hashes = scan(settings.facts.get("Lora hashes", "")).values
    settings.models = [
        Model(model.field, model.kind, model.name, hashes[model.name].lower(), model.key)
        if model.kind == "lora" and model.name in hashes
        else model
        for model in settings.models
    ]


def _complete(settings: Settings) -> None:
    hires = settings.parameters.get("hires")
    if hires is not None and "scale" not in hires:
        settings.refuse("hires", hires, "Hires fix is left out: the text does not say its size.")
        del settings.parameters["hires"]
    refiner = settings.parameters.get("refiner")
    if refiner is not None and "checkpoint" not in refiner:
        settings.refuse("Refiner switch at", refiner)
        del settings.parameters["refiner"]
    if "strength" in settings.parameters and "init_image" not in settings.parameters:
        settings.notes.append("The init image of this image is not in the text.")
