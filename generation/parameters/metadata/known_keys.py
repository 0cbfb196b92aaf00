"""Names of settings that programs write into texts: how they are recognised, whatever their case."""

import re
from collections.abc import Mapping

from generation.parameters.metadata.infotext_keys import ALIASES, FACTS, SIMPLE

# Keys that A1111, Forge, SD.Next and Civitai write beside those of the tables.
_OTHERS = frozenset(
    {"Sampler", "Schedule type", "CFG scale", "Distilled CFG Scale", "Size", "Model", "Denoising strength", "Eta"}
    | {"Hires resize", "Hires sampler", "Hires schedule type", "Hires prompt", "Hires negative prompt", "RNG", "ENSD"}
    | {"Hires CFG Scale", "Hires checkpoint", "Face restoration", "Tiling", "Token merging ratio", "Hypernet", "NGMS"}
    | {"Init image hash", "Template", "Negative Template", "Mimic scale", "ControlNet", "Seed resize from", "TI"}
    | {"Conditional mask weight", "SGM noise multiplier", "Skip Early CFG", "Style Selector Style", "Module 1"}
    | {"Diffusion in Low Bits", "Beta schedule alpha", "Width", "Height", "Pipeline", "Backend", "App", "Operations"}
)
_NAMES: Mapping[str, str] = {
    **{name.casefold(): name for name in (*_OTHERS, *FACTS, *(key.name for key in SIMPLE))},
    **{name.casefold(): key for name, key in ALIASES.items()},
}
_BOUNDARY = r"(?<![\w\-/.+])"


def canonical(name: str) -> str:
    """Return A1111's name of a key, or the key as it is where none is known."""
    return _NAMES.get(name.casefold(), name)


def is_known(name: str) -> bool:
    """Return whether a key is one that a program writes."""
    return name.casefold() in _NAMES


def _pattern() -> str:
    """Return an expression for all names, in the spellings that are met, grouped by first letter."""
    written = [*_OTHERS, *FACTS, *ALIASES, *(key.name for key in SIMPLE)]
    spellings = sorted({spelled for name in written for spelled in (name, name.lower(), name.title(), name.upper())})
    letters: dict[str, list[str]] = {}
    for name in spellings:
        letters.setdefault(name[0], []).append(re.escape(name[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in letters.items())


KNOWN_KEY = re.compile(rf"{_BOUNDARY}(?:{_pattern()})[^\S\n]*:(?!//)")
