"""The text inside a picture, as A1111 and its clients read it: written, and read back."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from generation.parameters.catalog import PREPROCESSORS, SAMPLERS, SCHEDULES
from generation.parameters.metadata import infotext
from generation.parameters.metadata.a1111 import read
from generation.parameters.metadata.infotext_keys import UNWRITTEN
from generation.parameters.metadata.readers import read_text, read_texts
from generation.parameters.ranges import RANGES
from generation.parameters.schema import ResolvedParameters

FIELDS = {
    "task": "text_to_image",
    "prompt": "a red heart",
    "checkpoint": "starter",
    "width": 128,
    "height": 96,
    "steps": 20,
    "guidance_scale": 4,
    "sampler": "euler_a",
    "schedule": "normal",
    "eta": 0,
    "clip_skip": 1,
    "seed": 7,
    "variation_seed": 3,
    "upscaler": "lanczos",
}


def resolved(**fields):
    return ResolvedParameters(**{**FIELDS, **fields})


def build(parameters, **given):
    names = {"checkpoint_name": "starter", "checkpoint_hash": "0123456789", "version": "sdsite"}
    return infotext.build(parameters, **{**names, **given})


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


def test_every_key_that_a1111_has_is_used():
    text = build(
        resolved(
            sampler="ddim",
            eta=0.5,
            upscale_by=2,
            clip_skip=2,
            guidance_rescale=0.7,
            variation_strength=0.2,
            hires={"scale": 1.5, "steps": 10, "strength": 0.4, "upscaler": "4x_sharp"},
            loras=[{"name": "ink", "weight": 0.8}],
            vae="ema",
            refiner={"checkpoint": "polish", "start": 0.75},
            controls=[{"model": "lines", "image": "image:5", "weight": 0.5}],
        ),
        batch_size=4,
        position=2,
        hashes={"ink": "a" * 64, "ema": "b" * 64, "polish": "c" * 64, "lines": "d" * 64},
    )
    for pair in (
        "Eta DDIM: 0.5",
        "Postprocess upscale by: 2, Postprocess upscaler: Lanczos",
        "Clip skip: 2",
        "CFG Rescale: 0.7",
        "Variation seed: 3, Variation seed strength: 0.2",
        "Denoising strength: 0.4",
        "Hires upscale: 1.5, Hires steps: 10, Hires upscaler: 4x_sharp",
        "a red heart\n<lora:ink:0.8>\n",
        'Lora hashes: "ink: aaaaaaaaaa"',
        "VAE: ema",
        "VAE hash: bbbbbbbbbb",
        "Refiner: polish [cccccccccc], Refiner switch at: 0.75",
        'ControlNet 0: "Module: none, Model: lines [dddddddddd], Weight: 0.5, Guidance Start: 0, Guidance End: 1, ',
        "Batch size: 4, Batch pos: 2",
    ):
        assert pair in text
    inpainted = build(
        resolved(
            task="inpaint",
            init_image="image:1",
            mask_image="image:2",
            strength=0.6,
            noise_multiplier=1.1,
            mask_blur=8,
            mask_area="masked",
            mask_padding=16,
            mask_fill="noise",
            mask_invert=True,
        )
    )
    for pair in (
        "Denoising strength: 0.6",
        "Noise multiplier: 1.1",
        "Mask blur: 8, Inpaint area: Only masked, Masked area padding: 16, Masked content: latent noise",
        "Mask mode: Inpaint not masked",
        'sdsite init image: "image:1", sdsite mask image: "image:2"',
    ):
        assert pair in inpainted
    assert "Distilled CFG Scale: 3.5" in build(resolved(true_cfg_scale=2, guidance_scale=3.5))


def test_values_with_commas_and_colons_are_quoted():
    text = build(resolved(), checkpoint_name='The "best": a, b')
    assert 'Model: "The \\"best\\": a, b"' in text
    assert infotext.parse(text)["Model"] == 'The "best": a, b'


def test_a_text_without_settings_is_a_prompt():
    assert infotext.parse("a cat, a dog: both") == {"Prompt": "a cat, a dog: both", "Negative prompt": ""}
    assert infotext.parse("") == {"Prompt": "", "Negative prompt": ""}
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


WHOLE = ("steps", "seed", "variation_seed", "clip_skip", "mask_padding", "quality", "count", "batch_size")
NUMBERS = {
    name: in_range(name, whole=name in WHOLE)
    for name in RANGES
    if "." not in name and name not in ("count", "batch_size", "seed", "variation_seed")
}
CONTROL = fields_of("controls.", model=SLUG, image=PICTURE, preprocessor=st.sampled_from([*PREPROCESSORS]))
EVERYTHING = st.fixed_dictionaries(
    {
        **NUMBERS,
        "seed": st.integers(0, 2**53 - 1),
        "variation_seed": st.integers(0, 2**53 - 1),
        "task": st.sampled_from(["text_to_image", "image_to_image", "inpaint", "upscale"]),
        "prompt": PROMPT.filter(str.strip),
        "negative_prompt": PROMPT,
        "checkpoint": SLUG,
        "sampler": st.sampled_from([*SAMPLERS]),
        "schedule": st.sampled_from([*SCHEDULES]),
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
        "outpaint": st.one_of(st.none(), fields_of("outpaint.").filter(lambda sides: any(sides.values()))),
        "hires": st.one_of(st.none(), fields_of("hires.", ("steps",), upscaler=st.one_of(st.none(), SLUG))),
        "loras": st.lists(fields_of("loras.", name=SLUG), max_size=3),
        "controls": st.lists(CONTROL.filter(lambda unit: unit["start"] < unit["end"]), max_size=2),
        "ip_adapter": st.one_of(st.none(), fields_of("ip_adapter.", model=SLUG, image=PICTURE)),
        "refiner": st.one_of(st.none(), fields_of("refiner.", checkpoint=SLUG)),
    }
)


def test_the_strategy_has_every_field_that_is_written():
    probe = set(ResolvedParameters.model_fields) - UNWRITTEN
    drawn = set(NUMBERS) | {"seed", "variation_seed", "task", "prompt", "negative_prompt", "checkpoint", "sampler"}
    drawn |= {"schedule", "upscaler", "vae", "init_image", "mask_image", "resize_mode", "keep_original", "mask_invert"}
    drawn |= {"mask_area", "mask_fill", "output_format", "reproducible", "outpaint", "hires", "loras", "controls"}
    assert probe == drawn | {"ip_adapter", "refiner"}


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
    again = ResolvedParameters(**{**FIELDS, **found.parameters})
    assert as_told(again) == as_told(parameters)
    own = json.dumps({"version": 1, "seed": parameters.seed, "parameters": parameters.model_dump(mode="json")})
    from_own = read_texts({"sdsite": own, "parameters": text})
    assert as_told(ResolvedParameters(**{**FIELDS, **from_own.parameters})) == as_told(parameters)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_read(text):
    assert {"Prompt", "Negative prompt"} <= set(infotext.parse(text))
    if text.strip():
        read_text(text)
