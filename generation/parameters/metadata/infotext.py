"""Infotext: the generation parameters of an image as text in A1111's format, which other programs read too.

The prompt, a line "Negative prompt: ..." where there is one, and a last line of "Key: value" pairs separated by commas.
A value that contains a comma, a colon or a line break is quoted as in JSON. `a1111` reads settings from it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from generation.parameters.catalog import SAMPLERS
from generation.parameters.metadata.infotext_keys import COMPOSED, FILLED, OWN, SIMPLE, UNWRITTEN, number, own_value
from generation.parameters.metadata.sections import NEGATIVE, divide
from generation.parameters.nested import ControlUse
from generation.parameters.sampler_names import schedule_label, schedule_named
from generation.parameters.schema import GenerationParameters, ResolvedParameters

_TO_QUOTE = re.compile(r'[,:"\x00-\x1f\x7f-\x9f\u2028\u2029]')
_SHORT_HASH = 10  # digits, as A1111 shows them

_UNSET = {name: field.default for name, field in GenerationParameters.model_fields.items()} | FILLED


def build(
    image_parameters: ResolvedParameters,
    *,
    checkpoint_name: str,
    checkpoint_hash: str,
    version: str,
    batch_size: int = 1,
    position: int = 0,
    hashes: Mapping[str, str] | None = None,
) -> str:
    """Return the text for one image.

    Args:
        image_parameters: the parameters of the image, with its own seed and prompt.
        checkpoint_name: the name to write.
        checkpoint_hash: first ten hexadecimal digits of its SHA-256; empty leaves it out.
        version: name and version of the program.
        batch_size: images that were denoised together; 1 is left out, as A1111 does.
        position: place of the image in its batch, from 0.
        hashes: SHA-256 of further weights by slug.
    """
    short = {slug: digest[:_SHORT_HASH] for slug, digest in (hashes or {}).items() if digest}
    pairs = {
        **_sampling(image_parameters),
        "Model hash": checkpoint_hash,
        "Model": checkpoint_name,
        **_simple(image_parameters, short),
        **_controls(image_parameters.controls, short),
        **_own(image_parameters),
        "VAE hash": short.get(image_parameters.vae or "", ""),
        "Lora hashes": ", ".join(
            f"{lora.name}: {short[lora.name]}" for lora in image_parameters.loras if lora.name in short
        ),
        "Batch size": str(batch_size) if batch_size > 1 else "",
        "Batch pos": str(position) if batch_size > 1 and position else "",
    }
    prompt = "\n".join(filter(None, [image_parameters.prompt, _lora_tags(image_parameters)]))
    lines = [prompt, f"{NEGATIVE} {image_parameters.negative_prompt}"] if image_parameters.negative_prompt else [prompt]
    return "\n".join([*lines, join({**pairs, **_inexpressible(image_parameters, prompt, lines), "Version": version})])


def join(pairs: Mapping[str, str]) -> str:
    """Return pairs in one line, those without a value left out."""
    return ", ".join(f"{key}: {_quote(value)}" for key, value in pairs.items() if value != "")


def _quote(value: str) -> str:
    plain = not _TO_QUOTE.search(value) and value == value.strip() and value[:1] not in ("[", "{")
    return value if plain else json.dumps(value, ensure_ascii=False)


def _sampling(image_parameters: ResolvedParameters) -> dict[str, str]:
    sampler = SAMPLERS[image_parameters.sampler]
    # Forge's keys: a model with distilled guidance has both scales.
    distilled = image_parameters.true_cfg_scale != 1
    pairs = {
        "Steps": number(image_parameters.steps),
        "Sampler": sampler.label,
        "Schedule type": schedule_label(image_parameters.schedule, image_parameters.timestep_spacing),
        "CFG scale": number(image_parameters.true_cfg_scale if distilled else image_parameters.guidance_scale),
        "Seed": str(image_parameters.seed),
        "Size": f"{image_parameters.width}x{image_parameters.height}",
    }
    if schedule_named(image_parameters.schedule, image_parameters.timestep_spacing) is None:
        pairs[f"{OWN}timestep spacing"] = str(image_parameters.timestep_spacing)
    if distilled:
        pairs["Distilled CFG Scale"] = number(image_parameters.guidance_scale)
    if image_parameters.eta:
        pairs["Eta DDIM" if sampler.takes_eta else "Eta"] = number(image_parameters.eta)
    if image_parameters.hires:
        pairs["Denoising strength"] = number(image_parameters.hires.strength)
        if image_parameters.task != "text_to_image" or image_parameters.strength != _UNSET["strength"]:
            pairs[f"{OWN}strength"] = number(image_parameters.strength)
    elif image_parameters.task != "text_to_image" or image_parameters.strength != _UNSET["strength"]:
        pairs["Denoising strength"] = number(image_parameters.strength)
    return pairs


def _simple(image_parameters: ResolvedParameters, short: Mapping[str, str]) -> dict[str, str]:
    pairs = {}
    for key in SIMPLE:
        outer, _, inner = key.field.partition(".")
        value = getattr(image_parameters, outer)
        if value is None or (not inner and value == _UNSET.get(outer)):
            continue
        value = getattr(value, inner) if inner else value
        if value is not None:
            digest = short.get(value, "") if key.model == "refiner" else ""
            pairs[key.name] = key.write(value) + (f" [{digest}]" if digest else "")
    if image_parameters.task == "upscale":  # without the factor it would be the upscaler's own
        pairs["Postprocess upscale by"] = number(image_parameters.upscale_by)
    if image_parameters.upscale_by > 1:
        pairs.setdefault("Postprocess upscaler", SIMPLE[-1].write(image_parameters.upscaler))
    if not image_parameters.variation_strength:
        pairs.pop("Variation seed", None)
    return pairs


def _own(image_parameters: ResolvedParameters) -> dict[str, str]:
    written = {key.field for key in SIMPLE} | COMPOSED | UNWRITTEN
    values = image_parameters.model_dump(mode="json", exclude=set(written))
    return {
        OWN + name.replace("_", " "): own_value(value) for name, value in values.items() if value != _UNSET.get(name)
    }


def _inexpressible(image_parameters: ResolvedParameters, prompt: str, lines: list[str]) -> dict[str, str]:
    """Return as JSON what the format cannot express: spaces at a line's end, "Negative prompt:" inside of a prompt."""
    found = divide("\n".join([*lines, "Steps: 1"]))
    pairs: dict[str, str] = {}
    if found.prompt != prompt or "<l" in image_parameters.prompt:
        loras = [lora.model_dump(mode="json") for lora in image_parameters.loras]
        pairs |= {
            f"{OWN}prompt": json.dumps(image_parameters.prompt, ensure_ascii=False),
            f"{OWN}loras": json.dumps(loras),
        }
    if found.negative != image_parameters.negative_prompt:
        pairs[f"{OWN}negative prompt"] = json.dumps(image_parameters.negative_prompt, ensure_ascii=False)
    return pairs


def _controls(units: Iterable[ControlUse], short: Mapping[str, str]) -> dict[str, str]:
    return {f"ControlNet {at}": join(_control(unit, short)) for at, unit in enumerate(units)}


def _control(unit: ControlUse, short: Mapping[str, str]) -> dict[str, Any]:
    digest = short.get(unit.model, "")
    return {
        "Module": unit.preprocessor,
        "Model": f"{unit.model} [{digest}]" if digest else unit.model,
        "Weight": number(unit.weight),
        "Guidance Start": number(unit.start),
        "Guidance End": number(unit.end),
        "Image": unit.image,
    }


def _lora_tags(image_parameters: ResolvedParameters) -> str:
    return " ".join(f"<lora:{lora.name}:{number(lora.weight)}>" for lora in image_parameters.loras)
