"""Read settings from JSON of SwarmUI, Fooocus, Easy Diffusion, SD.Next, Draw Things, Civitai and older InvokeAI.

Their keys are translated to A1111's, and read as those of an infotext. What has no counterpart is listed as unknown.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from generation.parameters.metadata.a1111 import MOST_CHARACTERS, finished, take_pairs
from generation.parameters.metadata.comfyui import stem
from generation.parameters.metadata.known_keys import canonical, is_known
from generation.parameters.metadata.recovered import Find, Model, NotReadable, Settings

_FEWEST = 3  # known keys, the prompt among them
# A1111's name of each key, which is compared without case, spaces and underscores.
_KEYS: Mapping[str, str] = {
    theirs: name
    for name, spellings in {
        "Prompt": "prompt positiveprompt c",
        "Negative prompt": "negativeprompt uc",
        "Steps": "steps numinferencesteps samplingsteps",
        "CFG scale": "cfgscale guidancescale scale cfg",
        "Distilled CFG Scale": "fluxguidancescale distilledcfgscale",
        "CFG Rescale": "cfgrescale cfgrescalemultiplier",
        "Seed": "seed",
        "Width": "width",
        "Height": "height",
        "Size": "size resolution",
        "Sampler": "sampler samplername",
        "Schedule type": "scheduler schedulername schedule schedulertype",
        "Model": "model basemodel usestablediffusionmodel sdmodelname checkpoint modelname modelweights",
        "Model hash": "modelhash basemodelhash sdmodelhash",
        "Clip skip": "clipskip clipstopatlayer",
        "Denoising strength": "denoisingstrength promptstrength initimagecreativity strength",
        "VAE": "vae vaename usevaemodel sdvaename",
        "Variation seed": "variationseed subseed",
        "Variation seed strength": "variationseedstrength subseedstrength",
        "Version": "version swarmversion appversion",
    }.items()
    for theirs in spellings.split()
}
_INNER = ("sui_image_params", "reqBody", "extraMetadata", "meta", "image", "v2")  # where programs keep the settings
_NOTHING: tuple[Any, ...] = ("", "None", "null", [], {})
# What only one program writes; the first that is there names the source.
_MARKS: Mapping[str, str] = {
    "sui_image_params": "SwarmUI",
    "metadata_scheme": "Fooocus",
    "performance": "Fooocus",
    "use_stable_diffusion_model": "Easy Diffusion",
    "num_inference_steps": "Easy Diffusion",
    "reqBody": "Easy Diffusion",
    "extraMetadata": "Civitai",
    "civitaiResources": "Civitai",
    "model_weights": "InvokeAI",
    "c": "Draw Things",
}
_TEXT = r'"(?:[^"\\]|\\.)*+"'
_SALVAGE = re.compile(rf'"([^"\\]{{1,60}}+)"\s*+:\s*+({_TEXT}|-?\d[\d.eE+-]*+|true|false)')
_LOOKS_LIKE_JSON = re.compile(r'\s*+(?:\[\s*+)?\{\s*+"[^"\\]{0,100}+"\s*+:')


def load(text: str) -> tuple[dict[str, Any] | None, bool]:
    """Return the object in a JSON text, and whether the text was whole; None where it is no JSON object.

    Of a list the first object counts. Of a damaged text the values that are intact are returned, as one flat object.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        if not _LOOKS_LIKE_JSON.match(text):
            return None, True
        intact = {match[1]: json.loads(match[2], strict=False) for match in _salvaged(text)}
        return intact, False
    if isinstance(found, list) and found:
        found = found[0]
    return (found, True) if isinstance(found, dict) else (None, True)


def _salvaged(text: str) -> list[re.Match[str]]:
    found = []
    for match in _SALVAGE.finditer(text[:MOST_CHARACTERS]):
        try:
            json.loads(match[2], strict=False)
        except ValueError:
            continue
        found.append(match)
    return found[::-1]  # the first of a name counts


def read_object(found: Mapping[str, Any], find: Find) -> Settings:
    """Return the settings in an object of one of the programs.

    Raises:
        NotReadable: it has fewer than three keys that any of them writes, or no prompt.
    """
    source = next((name for mark, name in _MARKS.items() if mark in found), "")
    values: dict[str, Any] = _unwrapped(found)
    source = source or next((name for mark, name in _MARKS.items() if mark in values), "")
    if not source:
        source = str(values.get("app") or "JSON")[:40]
    settings = Settings(source=source)
    pairs: dict[str, str] = {}
    loras = _loras(values)
    for key, value in values.items():
        if value is None or value is False or value in _NOTHING:
            continue
        name = _name(key)
        text = _text(name, value) if name else None
        if name and text is not None and name not in pairs:
            pairs[name] = text
        else:
            settings.refuse(key, value)
    if len(pairs) < _FEWEST or not pairs.keys() & {"Prompt", "Negative prompt"}:
        raise NotReadable("The JSON is of a program that the site does not know, or holds no settings.")
    take_pairs(settings, pairs)
    if loras:
        kept = settings.parameters.get("loras", [])
        settings.put("loras", [*kept, *({"name": name, "weight": weight} for name, weight, _ in loras)])
        for at, (name, _, digest) in enumerate(loras, start=len(kept)):
            settings.models.append(Model(f"loras.{at}.name", "lora", name, digest, f"lora:{name}"))
    return finished(settings, find)


def _unwrapped(found: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(found)
    for key in _INNER:
        inner = values.get(key)
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            inner, _ = load(inner)
        if isinstance(inner, dict):
            del values[key]
            values = {**values, **inner}
    return values


def _name(key: str) -> str | None:
    """Return A1111's name of a program's key; None where it has none."""
    return canonical(key) if is_known(key) else _KEYS.get(re.sub(r"[\s_]", "", key).casefold())


def _text(name: str, value: Any) -> str | None:
    """Return a value as an infotext has it; None where it is of another kind."""
    if name in ("Prompt", "Negative prompt") and isinstance(value, list) and value:
        value = value[0].get("prompt") if isinstance(value[0], dict) else value[0]  # weighted prompts
    if name in ("Model", "VAE") and isinstance(value, dict):
        value = value.get("name") or value.get("model_name")
    if name == "Clip skip" and isinstance(value, bool):
        return "2"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if name in ("Model", "VAE"):
        return stem(str(value))
    if name == "Clip skip":
        return str(value).lstrip("-")  # counted from the end
    return str(value).removesuffix("_gpu") if name == "Sampler" else str(value)


def _loras(values: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Return name, weight and hash of each LoRA, and take their keys out of `values`."""
    key = next((key for key in ("loras", "lora", "use_lora_model", "resources") if values.get(key)), None)
    weights_key = "lora_alpha" if key == "use_lora_model" else "loraweights"
    if key is None:
        return []
    given, weights = values[key], values.get(weights_key)
    given = given if isinstance(given, list) else [given]
    weights = weights if isinstance(weights, list) else [weights]
    found = [_lora(one, weights[at] if at < len(weights) else None) for at, one in enumerate(given)]
    if key == "resources":
        found = [
            lora for lora, one in zip(found, given, strict=True) if isinstance(one, dict) and one.get("type") == "lora"
        ]
    if any(lora is None for lora in found):
        return []
    del values[key]
    values.pop(weights_key, None)
    return [lora for lora in found if lora is not None]


def _lora(given: Any, weight: Any) -> tuple[str, float, str] | None:
    digest: Any = ""
    if isinstance(given, list) and len(given) >= 2:
        given, weight, digest = [*given, ""][:3]
    elif isinstance(given, dict):
        weight = given.get("weight", weight)
        digest = given.get("hash")
        given = given.get("name") or given.get("model") or given.get("lora")
        given = given.get("name") or given.get("model_name") if isinstance(given, dict) else given
    try:
        return (stem(given), float(1 if weight is None else weight), str(digest or "")) if given else None
    except (TypeError, ValueError):
        return None
