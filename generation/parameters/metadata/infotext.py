"""Infotext: the generation parameters of an image as text in A1111's format, which other programs read too.

The prompt, a line "Negative prompt: ..." where there is one, and a last line of "Key: value" pairs separated by commas.
A value that contains a comma, a colon or a line break is quoted as in JSON. `a1111` reads settings from it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from generation.parameters.catalog import SAMPLERS, SCHEDULES
from generation.parameters.metadata.infotext_keys import COMPOSED, FILLED, OWN, SIMPLE, UNWRITTEN, number, own_value
from generation.parameters.nested import ControlUse
from generation.parameters.schema import GenerationParameters, ResolvedParameters

NEGATIVE = "Negative prompt:"
_KEY = re.compile(r"\s*(\w[\w\-/.+]*(?: +[\w\-/.+]+)*)\s*:\s*")
_QUOTED = re.compile(r'("(?:\\.|[^\\"])*")\s*(?=,|$)')
_PLAIN = re.compile(r"[^,]*")
_FEWEST_PAIRS = 3  # a last line with fewer is part of the prompt, unless it starts with "Steps:"
_TO_QUOTE = re.compile(r'[,:"\x00-\x1f\x7f-\x9f\u2028\u2029]')
_LONGEST_JSON = 50_000  # characters of a value in brackets
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


def parse(text: str) -> dict[str, str]:
    """Return "Prompt", "Negative prompt" and every pair of the settings, as text; never raises.

    Lines of both prompts are stripped, as in A1111. Lines after the settings that are not pairs are kept as "Further
    lines".
    """
    lines = text.strip().replace("\r\n", "\n").split("\n")
    first = _settings_at(lines)
    pairs: dict[str, str] = {}
    further = []
    for line in lines[first:]:
        found = split(line)
        pairs = {**found, **pairs}
        further += [] if found or not line.strip() else [line.strip()]
    if further:
        pairs["Further lines"] = "\n".join(further)
    stripped = [line.strip() for line in lines[:first]]
    negative_at = next((at for at, line in enumerate(stripped) if line.startswith(NEGATIVE)), len(stripped))
    negative = stripped[negative_at:]
    if negative:
        negative[0] = negative[0].removeprefix(NEGATIVE).strip()
    return {
        **pairs,
        "Prompt": "\n".join(stripped[:negative_at]).strip(),
        "Negative prompt": "\n".join(negative).strip(),
    }


def split(line: str) -> dict[str, str]:
    """Return the pairs of one line; text before a key that is not a pair is left out.

    A value is quoted text, JSON in brackets (Civitai's list of resources), or the text before the next comma.
    """
    pairs: dict[str, str] = {}
    at = 0
    while match := _KEY.match(line, at):
        value, at = _value(line, match.end())
        pairs.setdefault(match[1], value)
        at += 1  # the comma
    return pairs


def _settings_at(lines: list[str]) -> int:
    """Return the index of the first line of the settings; the number of lines where there are none."""
    for at in range(len(lines) - 1, -1, -1):
        if re.match(r"\s*Steps:\s*\d", lines[at]):
            return at
    return len(lines) - 1 if len(split(lines[-1])) >= _FEWEST_PAIRS else len(lines)


def _value(line: str, at: int) -> tuple[str, int]:
    """Return the value that starts at `at`, and the position of its end."""
    if quoted := _QUOTED.match(line, at):
        return _unquote(quoted[1]), quoted.end()
    if line[at : at + 1] in ("[", "{"):
        try:
            # A slice: an error counts the lines before it, which would take seconds for a line full of brackets.
            _, length = json.JSONDecoder().raw_decode(line[at : at + _LONGEST_JSON])
        except (ValueError, RecursionError):
            length = 0
        end = at + length
        rest = line[end:].lstrip()
        if end > at and (not rest or rest.startswith(",")):
            return line[at:end], len(line) - len(rest)
    plain = _PLAIN.match(line, at)
    assert plain is not None  # it matches the empty text too
    return plain[0].strip(), plain.end()


def _quote(value: str) -> str:
    plain = not _TO_QUOTE.search(value) and value == value.strip() and value[:1] not in ("[", "{")
    return value if plain else json.dumps(value, ensure_ascii=False)


def _unquote(value: str) -> str:
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1]


def _sampling(image_parameters: ResolvedParameters) -> dict[str, str]:
    sampler = SAMPLERS[image_parameters.sampler]
    # Forge's keys: a model with distilled guidance has both scales.
    distilled = image_parameters.true_cfg_scale != 1
    pairs = {
        "Steps": number(image_parameters.steps),
        "Sampler": sampler.label,
        "Schedule type": SCHEDULES[image_parameters.schedule],
        "CFG scale": number(image_parameters.true_cfg_scale if distilled else image_parameters.guidance_scale),
        "Seed": str(image_parameters.seed),
        "Size": f"{image_parameters.width}x{image_parameters.height}",
    }
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
    found = parse("\n".join([*lines, "Steps: 1"]))
    pairs: dict[str, str] = {}
    if found["Prompt"] != prompt or "<l" in image_parameters.prompt:
        loras = [lora.model_dump(mode="json") for lora in image_parameters.loras]
        pairs |= {
            f"{OWN}prompt": json.dumps(image_parameters.prompt, ensure_ascii=False),
            f"{OWN}loras": json.dumps(loras),
        }
    if found["Negative prompt"] != image_parameters.negative_prompt:
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
