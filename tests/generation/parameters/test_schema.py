"""Parameters of a request: ranges of numbers."""

import math

import pytest
from pydantic import ValidationError

from generation.parameters.schema import GenerationParameters


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("prompt", " \n\t"),
        ("prompt", "x" * 100_000),
        ("prompt", "a\x00b"),
        ("prompt", "a\ud800b"),
        ("negative_prompt", "\x00"),
        ("checkpoint", "a\x00"),
        ("width", 63),
        ("width", 100_000),
        ("height", 65),
        ("height", math.nan),
        ("steps", 0),
        ("steps", 10**9),
        ("steps", "many"),
        ("guidance_scale", math.nan),
        ("guidance_scale", math.inf),
        ("guidance_scale", -0.1),
        ("eta", 1.5),
        ("seed", -2),
        ("seed", 2**53),
        ("count", 0),
        ("count", 17),
        ("quality", 101),
        ("sampler", "no such sampler"),
        ("schedule", "tuesday"),
        ("upscaler", "../magic"),
        ("upscale_by", 9),
        ("output_format", "bmp"),
        ("task", "dream"),
        ("preview", {"every": 0}),
        ("preview", {"size": 5000}),
        ("surprise", 1),
    ],
)
def test_what_is_out_of_range_is_refused_by_its_name(field, value):
    with pytest.raises(ValidationError) as refused:
        requested(**{field: value})
    assert {str(error["loc"][0]) for error in refused.value.errors()} == {field}
