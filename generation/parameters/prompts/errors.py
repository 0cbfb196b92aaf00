"""How prompt syntax says no."""

from generation.parameters.ranges import format_number

# Far more than anybody means, and few enough that no text keeps a process busy.
MOST_NESTING = 30
MOST_WEIGHT = 100.0


class PromptRefused(ValueError):
    """A prompt whose syntax asks for what cannot be; the message is a sentence for people."""

    field = "prompt"


def check_weight(weight: float, words: str) -> float:
    """Return `weight`, -100 to 100.

    Raises:
        PromptRefused: it is larger; `words` (of which a few are shown) have it.
    """
    if abs(weight) > MOST_WEIGHT:
        shown = words.strip()[:30]
        raise PromptRefused(
            f"prompt weights must be -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}; {shown!r} has {format_number(weight)}"
        )
    return weight
