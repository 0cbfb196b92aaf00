"""Errors and limits of the prompt syntax."""

from generation.parameters.ranges import format_number

# Far beyond sensible prompts, and low enough that no text keeps a process busy.
MOST_NESTING = 30
MOST_WEIGHT = 100.0


class PromptRefused(ValueError):
    """A prompt that breaks a limit of its syntax; the message is a sentence for people."""

    field = "prompt"


def check_weight(weight: float, words: str) -> float:
    """Return `weight`, -100 to 100.

    Raises:
        PromptRefused: it is out of range; the message shows the first of the `words` that have it.
    """
    if abs(weight) > MOST_WEIGHT:
        shown = words.strip()[:30]
        raise PromptRefused(
            f"prompt weights must be -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}; {shown!r} has {format_number(weight)}"
        )
    return weight
