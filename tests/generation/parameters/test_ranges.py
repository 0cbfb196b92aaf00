"""Both ends of a range are allowed values, and sentences print numbers as people write them."""

import pytest

from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES, format_number
from generation.parameters.schema import GenerationParameters


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


def test_the_ends_of_a_range_are_inside():
    for name, allowed in RANGES.items():
        if "." not in name:
            for value in (allowed.least, allowed.most):
                assert getattr(requested(**{name: value}), name) == value
    assert len(requested(prompt="x" * PROMPT_CHARACTERS).prompt) == PROMPT_CHARACTERS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**53 - 1, "9007199254740991"),
        (-1.0, "-1"),
        (0.01, "0.01"),
        (0.1 + 0.2, "0.3"),
        (1_000_000.5, "1000000.5"),
        (10**300, "a number of more than 20 digits"),
        (1e300, "a number of more than 20 digits"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_integers_keep_all_their_digits(value, text):
    assert format_number(value) == text


def test_the_range_of_seeds_is_written_out():
    assert str(RANGES["seed"]) == "-1 to 9007199254740991"
