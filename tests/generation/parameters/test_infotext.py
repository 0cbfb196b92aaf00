"""The text inside a picture, as A1111 and its clients read it."""

from hypothesis import given
from hypothesis import strategies as st

from generation.parameters import infotext
from generation.parameters.schema import ResolvedParameters

LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\n"), max_size=60).map(str.strip)


def resolved(**fields):
    return ResolvedParameters(
        **{
            "prompt": "a red heart",
            "checkpoint": "starter",
            "width": 128,
            "height": 96,
            "steps": 20,
            "guidance_scale": 4,
            "sampler": "euler_a",
            "schedule": "normal",
            "eta": 0,
            "seed": 7,
            "upscaler": "lanczos",
            **fields,
        }
    )


def build(parameters, **given):
    names = {"seed": 7, "checkpoint_name": "Starter", "checkpoint_hash": "0123456789", "version": "sdsite"}
    return infotext.build(parameters, **{**names, **given})


def test_it_reads_as_a1111_writes_it():
    text = build(resolved(negative_prompt="a dog", sampler="dpmpp_2m", schedule="karras"), seed=8)
    assert text == (
        "a red heart\nNegative prompt: a dog\n"
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.0, Seed: 8, Size: 128x96, "
        "Model hash: 0123456789, Model: Starter, Version: sdsite"
    )


def test_what_is_not_there_is_left_out():
    text = build(resolved(), checkpoint_hash="")
    assert "Negative prompt" not in text
    assert "Model hash" not in text
    assert "Eta" not in text
    assert "Postprocess" not in text


def test_eta_and_enlargement_are_told():
    text = build(resolved(sampler="ddim", eta=0.5, upscale_by=2))
    assert "Eta DDIM: 0.5" in text
    assert "Postprocess upscale by: 2, Postprocess upscaler: Lanczos" in text


def test_values_with_commas_and_colons_are_quoted():
    text = build(resolved(), checkpoint_name='The "best": a, b')
    assert 'Model: "The \\"best\\": a, b"' in text
    assert infotext.parse(text)["Model"] == 'The "best": a, b'


def test_a_text_without_settings_is_a_prompt():
    assert infotext.parse("a cat, a dog: both") == {"Prompt": "a cat, a dog: both", "Negative prompt": ""}
    assert infotext.parse("") == {"Prompt": "", "Negative prompt": ""}


def test_it_reads_what_others_write():
    text = (
        "masterpiece,\na castle\nNegative prompt: blurry,\nlowres\n"
        'Steps: 30, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768, Lora hashes: "a: 12, b: 34", Version: v1.9'
    )
    found = infotext.parse(text)
    assert found["Prompt"] == "masterpiece,\na castle"
    assert found["Negative prompt"] == "blurry,\nlowres"
    assert found["Lora hashes"] == "a: 12, b: 34"
    assert found["Seed"] == "42"


@given(
    prompt=st.lists(LINES, min_size=1, max_size=4),
    negative=st.lists(LINES, max_size=3),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    seed=st.integers(0, 2**53),
)
def test_everything_comes_back(prompt, negative, name, seed):
    prompts = ["\n".join(lines).strip() for lines in (prompt, negative)]
    if not prompts[0] or any(line.startswith("Negative prompt:") for line in "\n".join(prompts).split("\n")):
        return  # the format cannot say these
    parameters = resolved(prompt=prompts[0], negative_prompt=prompts[1])
    found = infotext.parse(build(parameters, seed=seed, checkpoint_name=name))
    assert found["Prompt"] == prompts[0]
    assert found["Negative prompt"] == prompts[1]
    assert found["Seed"] == str(seed)
    assert found["Sampler"] == "Euler a"
    assert found["Size"] == "128x96"
    assert found.get("Model", "") == name


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_read(text):
    assert {"Prompt", "Negative prompt"} <= set(infotext.parse(text))
