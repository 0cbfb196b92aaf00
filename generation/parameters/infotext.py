"""The text inside a picture that other tools read its settings from, in A1111's format.

The prompt, a line "Negative prompt: ..." where there is one, and a last line of "Key: value" pairs with commas between.
A value that contains a comma, a colon or a line break stands in JSON's double quotes.
"""

import json
import re

from generation.parameters.catalog import SAMPLERS, SCHEDULES, UPSCALERS
from generation.parameters.schema import ResolvedParameters

_NEGATIVE = "Negative prompt:"
_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_FEWEST_PAIRS = 3  # a last line with fewer is part of the prompt
_TO_QUOTE = re.compile(r'[,:"\x00-\x1f\x7f-\x9f\u2028\u2029]')


def build(
    parameters: ResolvedParameters,
    *,
    seed: int,
    checkpoint_name: str,
    checkpoint_hash: str,
    version: str,
    batch_size: int = 1,
) -> str:
    """Return the text for one image.

    Args:
        parameters: what the image was drawn with.
        seed: the image's own seed (the job's plus its index).
        checkpoint_name: as people know it.
        checkpoint_hash: first ten hexadecimal digits of its SHA-256; empty leaves it out.
        version: of the program that drew it.
        batch_size: images that were denoised together; 1 is left out, as A1111 does.
    """
    sampler = SAMPLERS[parameters.sampler]
    pairs: dict[str, object] = {
        "Steps": parameters.steps,
        "Sampler": sampler.label,
        "Schedule type": SCHEDULES[parameters.schedule],
        "CFG scale": parameters.guidance_scale,
        "Seed": seed,
        "Size": f"{parameters.width}x{parameters.height}",
        "Model hash": checkpoint_hash,
        "Model": checkpoint_name,
    }
    if batch_size > 1:
        pairs["Batch size"] = batch_size
    if sampler.takes_eta and parameters.eta:
        pairs["Eta DDIM"] = parameters.eta
    if parameters.upscale_by > 1:
        pairs["Postprocess upscale by"] = parameters.upscale_by
        pairs["Postprocess upscaler"] = UPSCALERS[parameters.upscaler].label
    pairs["Version"] = version
    lines = [parameters.prompt]
    if parameters.negative_prompt:
        lines.append(f"{_NEGATIVE} {parameters.negative_prompt}")
    lines.append(", ".join(f"{key}: {_quoted(str(value))}" for key, value in pairs.items() if value != ""))
    return "\n".join(lines)


def parse(text: str) -> dict[str, str]:
    """Return "Prompt", "Negative prompt" and every pair of the last line, as text; never raises.

    Lines of both prompts lose the spaces around them, as in A1111.
    """
    *lines, last = text.strip().split("\n")
    pairs = {match.group(1): _unquoted(match.group(2)) for match in _PAIR.finditer(last)}
    if len(pairs) < _FEWEST_PAIRS:
        lines.append(last)
        pairs = {}
    stripped = [line.strip() for line in lines]
    negative_at = next((at for at, line in enumerate(stripped) if line.startswith(_NEGATIVE)), len(stripped))
    negative = stripped[negative_at:]
    if negative:
        negative[0] = negative[0].removeprefix(_NEGATIVE).strip()
    return {**pairs, "Prompt": "\n".join(stripped[:negative_at]), "Negative prompt": "\n".join(negative)}


def _quoted(value: str) -> str:
    plain = not _TO_QUOTE.search(value) and value == value.strip()
    return value if plain else json.dumps(value, ensure_ascii=False)


def _unquoted(value: str) -> str:
    if len(value) < 2 or not value.startswith('"') or not value.endswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
