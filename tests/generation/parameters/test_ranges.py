"""Both ends of a range are allowed values."""

from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES
from generation.parameters.schema import GenerationParameters


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


def test_the_ends_of_a_range_are_inside():
    for name, allowed in RANGES.items():
        if "." not in name:
            for value in (allowed.least, allowed.most):
                assert getattr(requested(**{name: value}), name) == value
    assert len(requested(prompt="x" * PROMPT_CHARACTERS).prompt) == PROMPT_CHARACTERS
