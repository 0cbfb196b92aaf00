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
        ("prompt", "x" * 100_000),
        ("prompt", "a\x00b"),
        ("prompt", "a\ud800b"),
        ("negative_prompt", "\x00"),
        ("checkpoint", "a\x00"),
        ("width", 63),
        ("width", 100_000),
        ("height", 2056),
        ("height", math.nan),
        ("steps", 0),
        ("steps", 10**9),
        ("steps", "many"),
        ("guidance_scale", math.nan),
        ("guidance_scale", math.inf),
        ("guidance_scale", -31),
        ("eta", 11),
        ("seed", -2),
        ("seed", 2**53),
        ("count", 0),
        ("count", 257),
        ("batch_size", 17),
        ("strength", 0),
        ("steps", 251),
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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("styles", value) for value in ([""], None, "", ["None"], [None])),
        *(("loras", value) for value in (None, [None], [{"name": ""}], [{"name": "None", "weight": 1}])),
        *(("seed", value) for value in (False, "", None)),
        *((name, value) for name in ("sampler", "schedule", "vae", "upscaler") for value in ("", "None", "Automatic")),
        *((name, "") for name in ("init_image", "mask_image", "checkpoint", "width", "output_format", "task")),
        *((name, None) for name in ("prompt", "count", "strength", "quality", "resize_mode", "preview", "hires")),
        ("controls", [{"model": "None", "image": None}]),
        ("ip_adapter", {}),
        ("refiner", {"checkpoint": "None"}),
        ("grid", {"axes": []}),
    ],
)
def test_values_that_stand_for_nothing_are_left_out(field, value):
    assert GenerationParameters.model_validate({field: value}) == GenerationParameters()


def test_an_empty_negative_prompt_and_unknown_fields_say_something():
    assert requested(negative_prompt="").negative_prompt == ""
    assert requested(hires={"upscaler": ""}).hires.upscaler is None
    with pytest.raises(ValidationError, match="surprise"):
        requested(surprise=None)
    with pytest.raises(ValidationError, match=r"loras\.0\.name"):
        requested(loras=[{"nam": "ink"}])


@pytest.mark.parametrize(
    "fields", [{"steps": 250, "count": 256}, {"strength": 0.0001, "eta": 10, "guidance_scale": -30}]
)
def test_the_ends_of_the_ranges_are_inside(fields):
    assert requested(**fields).model_dump().items() >= fields.items()


def test_a_file_format_has_two_names():
    assert [requested(output_format=name).output_format for name in ("jpg", "JPG", "jpeg", "PNG")] == [
        *["jpeg"] * 3,
        "png",
    ]


def test_base64_alone_is_an_image():
    assert requested(init_image="iVBORw0KGgo" * 10).init_image == "data:;base64," + "iVBORw0KGgo" * 10
    for reference in ("1d3f1c9e-0000-4000-8000-000000000000", "https://example.org/" + "a" * 80, "upload:" + "a" * 80):
        assert requested(init_image=reference).init_image == reference
