"""Saved styles: prompts that are merged into the prompts of a request."""

from collections.abc import Iterable
from typing import Protocol

PLACEHOLDER = "{prompt}"


class StyleLike(Protocol):
    """The prompts of a style; both may be empty."""

    prompt: str
    negative_prompt: str


def apply_styles(prompt: str, negative_prompt: str, styles: Iterable[StyleLike]) -> tuple[str, str]:
    """Return both prompts with `styles` merged in, one after the other.

    As in stable-diffusion-webui: `{prompt}` in a style stands for the request's prompt; a style without it is appended
    after a comma.
    """
    for style in styles:
        prompt = _merged(prompt, style.prompt)
        negative_prompt = _merged(negative_prompt, style.negative_prompt)
    return prompt, negative_prompt


def _merged(requested: str, style: str) -> str:
    if PLACEHOLDER in style:
        return style.replace(PLACEHOLDER, requested)
    return ", ".join(part for part in (requested.strip(), style.strip()) if part) if style.strip() else requested
