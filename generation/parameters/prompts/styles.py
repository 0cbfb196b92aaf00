"""Saved styles: prompts that one keeps, laid over what one writes."""

from collections.abc import Iterable
from typing import Protocol

PLACE = "{prompt}"


class StyleLike(Protocol):
    """What a style says; both may be empty."""

    prompt: str
    negative_prompt: str


def apply_styles(prompt: str, negative_prompt: str, styles: Iterable[StyleLike]) -> tuple[str, str]:
    """Return both prompts with `styles` laid over them, one after the other.

    As in stable-diffusion-webui: `{prompt}` in a style is where one's own prompt goes; a style without it is appended
    after a comma.
    """
    for style in styles:
        prompt = _merged(prompt, style.prompt)
        negative_prompt = _merged(negative_prompt, style.negative_prompt)
    return prompt, negative_prompt


def _merged(own: str, style: str) -> str:
    if PLACE in style:
        return style.replace(PLACE, own)
    return ", ".join(part for part in (own.strip(), style.strip()) if part) if style.strip() else own
