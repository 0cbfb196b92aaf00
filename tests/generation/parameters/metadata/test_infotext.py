"""The infotext, as AUTOMATIC1111 and its clients read it: written, and read back."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from generation.parameters.catalog import PREPROCESSORS, SAMPLERS, SCHEDULES, TIMESTEP_SPACINGS
from generation.parameters.metadata.a1111 import read
from generation.parameters.metadata.infotext_keys import UNWRITTEN
from generation.parameters.metadata.readers import read_text, read_texts
from generation.parameters.metadata.sections import divide
from generation.parameters.ranges import RANGES
from generation.parameters.schema import ResolvedParameters
from tests.generation.parameters.metadata.conftest import FIELDS, WHOLE, build, resolved


def test_it_reads_as_a1111_writes_it():
    text = build(resolved(negative_prompt="a dog", sampler="dpmpp_2m", schedule="karras", seed=8))
    assert text == (
        "a red heart\nNegative prompt: a dog\n"
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, Seed: 8, Size: 128x96, "
        "Model hash: 0123456789, Model: starter, Version: sdsite"
    )


def test_what_is_not_there_is_left_out():
    text = build(resolved(), checkpoint_hash="")
    for key in ("Negative prompt", "Model hash", "Eta", "Postprocess", "Hires", "Mask", "Variation", "Lora", "sdsite "):
        assert key not in text.removesuffix("Version: sdsite")


def test_values_with_commas_and_colons_are_quoted():
    text = build(resolved(), checkpoint_name='The "best": a, b')
    assert 'Model: "The \\"best\\": a, b"' in text
    assert divide(text).pairs.values["Model"] == 'The "best": a, b'


def test_a_text_without_settings_is_a_prompt():
    assert read("a cat, a dog: both").parameters == {"prompt": "a cat, a dog: both"}


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


SCRIPTS = st.sampled_from(
    [
        "قلب أحمر",
        "לב \u200fאדום",
        "心🫀👩‍👩‍👧",
        '"quoted", \\',
        "Negative prompt: x",
        "Steps: 3",
        "a\r\nb",
        " ",
        "<lora:x:1>",
        "[1, 2",
    ]
)


PROMPT = st.lists(st.one_of(st.text(CHARACTERS, max_size=40), SCRIPTS), min_size=1, max_size=4).map("\n".join)


SLUG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,20}", fullmatch=True)


PICTURE = st.uuids().map(lambda one: f"image:{one}")


def in_range(name, *, whole=False):
    bounds = RANGES[name]
    if whole or bounds.multiple_of:
        step = bounds.multiple_of or 1
        return st.integers(-(-int(bounds.least) // step), int(bounds.most) // step).map(lambda one: one * step)
    return st.floats(bounds.least, bounds.most)


def fields_of(prefix, whole=(), **strategies):
    numbers = {name.removeprefix(prefix): name for name in RANGES if name.startswith(prefix)}
    ranges = {short: in_range(name, whole=short in whole) for short, name in numbers.items()}
    return st.fixed_dictionaries({**ranges, **strategies})


NUMBERS = {
    name: in_range(name, whole=name in WHOLE)
    for name in RANGES
    if "." not in name and name not in ("count", "batch_size", "keep_steps", "seed", "variation_seed")
}


CONTROL = fields_of("controls.", model=SLUG, image=PICTURE, preprocessor=st.sampled_from([*PREPROCESSORS]))


EVERYTHING = st.fixed_dictionaries(
    {
        **NUMBERS,
        "seed": st.integers(0, 2**53 - 1),
        "variation_seed": st.integers(0, 2**53 - 1),
        "task": st.sampled_from(["text_to_image", "image_to_image", "inpaint", "upscale"]),
        "prompt": PROMPT,
        "negative_prompt": PROMPT,
        "checkpoint": SLUG,
        "sampler": st.sampled_from([*SAMPLERS]),
        "schedule": st.sampled_from([*SCHEDULES]),
        "timestep_spacing": st.sampled_from([None, *TIMESTEP_SPACINGS]),
        "init_upscaler": st.one_of(st.none(), st.just("lanczos"), SLUG),
        "upscaler": st.one_of(st.just("lanczos"), SLUG),
        "vae": st.one_of(st.none(), SLUG),
        "init_image": st.one_of(st.none(), PICTURE),
        "mask_image": st.one_of(st.none(), PICTURE),
        "resize_mode": st.sampled_from(["crop", "letterbox", "stretch"]),
        "keep_original": st.booleans(),
        "mask_invert": st.booleans(),
        "mask_area": st.sampled_from(["whole", "masked"]),
        "mask_fill": st.sampled_from(["original", "fill", "noise", "nothing"]),
        "output_format": st.sampled_from(["png", "jpeg", "webp"]),
        "reproducible": st.sampled_from(["normal", "strict"]),
        "speed_mode": st.sampled_from(["exact", "small", "draft"]),
        "outpaint": st.one_of(st.none(), fields_of("outpaint.").filter(lambda sides: any(sides.values()))),
        "hires": st.one_of(st.none(), fields_of("hires.", ("steps",), upscaler=st.one_of(st.none(), SLUG))),
        "loras": st.lists(fields_of("loras.", name=SLUG), max_size=3),
        "controls": st.lists(CONTROL.filter(lambda unit: unit["start"] < unit["end"]), max_size=2),
        "ip_adapter": st.one_of(st.none(), fields_of("ip_adapter.", model=SLUG, image=PICTURE)),
        "refiner": st.one_of(st.none(), fields_of("refiner.", checkpoint=SLUG)),
    }
)


def as_told(parameters):
    """Return what a text can say of parameters: all but what belongs to the job, and a seed of no variation."""
    told = parameters.model_dump(mode="json", exclude=set(UNWRITTEN))
    if not told["variation_strength"]:
        del told["variation_seed"]
    return told


@settings(max_examples=60, deadline=None)
@given(fields=EVERYTHING)
def test_every_field_comes_back(fields):
    parameters = ResolvedParameters(**fields)
    text = build(parameters, checkpoint_name=parameters.checkpoint)
    found = read(text)
    assert found.unknown == {}
    again = ResolvedParameters(**{**FIELDS, "prompt": "", **found.parameters})
    assert as_told(again) == as_told(parameters)
    own = json.dumps({"version": 1, "seed": parameters.seed, "parameters": parameters.model_dump(mode="json")})
    from_own = read_texts({"sdsite": own, "parameters": text})
    assert as_told(ResolvedParameters(**{**FIELDS, "prompt": "", **from_own.parameters})) == as_told(parameters)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_read(text):
    if text.strip():
        read_text(text)


def test_three_pairs_without_steps_are_settings_and_two_are_a_prompt():
    parts = divide("a cat\nSeed: 1, Size: 64x64, Sampler: Euler")
    assert (parts.prompt, parts.negative) == ("a cat", "")
    assert parts.pairs.values == {
        "Seed": "1",
        "Size": "64x64",
        "Sampler": "Euler",
    }
    parts = divide("a cat\nSeed: 1, Size: 64x64")
    assert (parts.prompt, parts.negative, parts.pairs.values) == ("a cat\nSeed: 1, Size: 64x64", "", {})


def test_the_place_in_a_batch_is_told_from_the_second_image_of_two_on():
    places = [(1, 0), (2, 0), (2, 1), (4, 3), (1, 1)]
    told = [divide(build(resolved(), batch_size=size, position=position)).pairs.values for size, position in places]
    assert [(one.get("Batch size"), one.get("Batch pos")) for one in told] == [
        (None, None),
        ("2", None),
        ("2", "1"),
        ("4", "3"),
        (None, None),
    ]


def test_hashes_have_ten_digits_and_are_left_out_where_unknown():
    text = build(
        resolved(loras=[{"name": "a", "weight": 1}, {"name": "b", "weight": 0.5}], vae="v"),
        hashes={"a": "0123456789abcdef", "b": "", "v": "fedcba9876543210"},
    )
    pairs = divide(text).pairs.values
    assert (pairs["Lora hashes"], pairs["VAE hash"]) == ("a: 0123456789", "fedcba9876")
