"""The message of a wrong value names field, range and value."""

import pytest
from pydantic import ValidationError

from generation.parameters.ranges import RANGES
from generation.parameters.schema import GenerationParameters


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


@pytest.mark.parametrize("name", [name for name in RANGES if "." not in name])
def test_the_message_names_field_range_and_value(name):
    too_much = int(RANGES[name].most) + 1000
    with pytest.raises(ValidationError) as refused:
        requested(**{name: too_much})
    sentence = refused.value.errors()[0]["msg"]
    assert name in sentence
    assert str(RANGES[name]) in sentence
    assert sentence.endswith(f"got {too_much}")
