"""Saved styles and wildcards that the prompts of a request name."""

from collections.abc import Sequence

from generation.errors import JobRefused
from generation.models import Style, Wildcard
from generation.parameters.prompts import apply_styles
from generation.parameters.ranges import PROMPT_CHARACTERS
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.models import User


def with_styles(requested: GenerationParameters, owner: User) -> GenerationParameters:
    """Return `requested` with its styles merged into its prompts and removed, so that a retry does not repeat that.

    Of two styles of one name the owner's own is used.

    Raises:
        JobRefused: `invalid_parameters`, a style does not exist, or a prompt becomes too long.
    """
    if not requested.styles:
        return requested
    found: dict[str, Style] = {}
    for style in Style.objects.visible_to(owner).filter(name__in=requested.styles):
        found.setdefault(style.name, style)  # own ones come first
    for name in requested.styles:
        if name not in found:
            raise _refused("styles", f"styles must be names of saved styles; there is no {name!r:.90}")
    prompt, negative = apply_styles(
        requested.prompt, requested.negative_prompt or "", [found[name] for name in requested.styles]
    )
    for field, text in (("prompt", prompt), ("negative_prompt", negative)):
        if len(text) > PROMPT_CHARACTERS:
            raise _refused(field, f"{field} must be at most {PROMPT_CHARACTERS} characters with its styles")
    return requested.with_changes(prompt=prompt, negative_prompt=negative or requested.negative_prompt, styles=())


def wildcards_for(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return the lines of the wildcards that `texts` name, by name in lower case, nested ones included."""
    return Wildcard.objects.lines_for(texts)


def _refused(field: str, message: str) -> JobRefused:
    return JobRefused("invalid_parameters", message, fields={field: message})
