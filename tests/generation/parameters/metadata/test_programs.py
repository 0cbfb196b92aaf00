"""JSON of other programs is read, and JSON that no program of these wrote is refused, never taken for a prompt."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.parameters.metadata.readers import read_text, read_texts
from generation.parameters.metadata.recovered import NotReadable

WANTED = {"prompt": "a fox", "negative_prompt": "blurry", "steps": 20, "seed": 123, "width": 1024, "height": 768}
SIZE = {"width": 1024, "height": 768}
COMMON = {"prompt": "a fox", "negative_prompt": "blurry", "steps": 20, "seed": 123}
PROGRAMS = {
    "SwarmUI": {
        "sui_image_params": {
            "prompt": "a fox",
            "negativeprompt": "blurry",
            "model": "folder/some_xl.safetensors",
            "steps": 20,
            "seed": 123,
            "cfgscale": 7.0,
            "sampler": "euler",
            "scheduler": "karras",
            "swarm_version": "0.9.5.0",
            "loras": ["ink"],
            "loraweights": ["0.5"],
            "aspectratio": "4:3",
            **SIZE,
        },
        "sui_extra_data": {"date": "2025-03-01"},
    },
    "Fooocus": {
        **COMMON,
        "seed": "123",
        "guidance_scale": 7.0,
        "resolution": "(1024, 768)",
        "sampler": "euler_gpu",
        "scheduler": "karras",
        "base_model": "some_xl",
        "loras": [["ink", 0.5, "aabbccddee"]],
        "styles": "[]",
        "metadata_scheme": "fooocus",
        "version": "Fooocus v2.5.0",
        "performance": "Speed",
    },
    "Easy Diffusion": {
        **COMMON,
        **SIZE,
        "num_inference_steps": 20,
        "guidance_scale": 7,
        "sampler_name": "euler",
        "use_stable_diffusion_model": "some_xl",
        "use_lora_model": "ink",
        "lora_alpha": 0.5,
        "scheduler_name": "karras",
    },
    "InvokeAI": {
        "positive_prompt": "a fox",
        "negative_prompt": "blurry",
        "steps": 20,
        "seed": 123,
        **SIZE,
        "cfg_scale": 7,
        "scheduler": "euler_k",
        "model": {"name": "some_xl", "hash": "blake3:" + "a" * 64},
    },
    "Draw Things": {
        "c": "a fox",
        "uc": "blurry",
        "sampler": "Euler Karras",
        "scale": 7,
        "seed": 123,
        "size": "1024x768",
        "steps": 20,
        "model": "some_xl.ckpt",
        "lora": [{"model": "ink", "weight": 0.5}],
    },
    "Civitai": {
        "prompt": "a fox",
        "negativePrompt": "blurry",
        "cfgScale": 7,
        "steps": 20,
        "sampler": "Euler Karras",
        "seed": 123,
        "Size": "1024x768",
        "Model": "some_xl",
        "civitaiResources": [{"type": "checkpoint"}],
        "resources": [{"type": "lora", "name": "ink", "weight": 0.5}, {"type": "model", "name": "some_xl"}],
    },
    "SD.Next": {
        **COMMON,
        **SIZE,
        "sampler_name": "Euler",
        "scheduler": "karras",
        "cfg_scale": 7,
        "sd_model_name": "some_xl",
        "app": "SD.Next",
    },
}


NAMES = sorted({key for values in PROGRAMS.values() for key in (*values, "sui_image_params", "meta", "image", "name")})


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("indent", [None, 1])
def test_each_program_is_read(program, indent):
    found = read_text(json.dumps(PROGRAMS[program], indent=indent))
    assert found.source == program
    assert found.parameters.items() >= WANTED.items()
    assert (found.parameters["checkpoint"], found.parameters["sampler"]) == ("some_xl", "euler")
    assert (found.parameters["guidance_scale"], found.parameters.get("schedule")) == (7, "karras")
    if program not in ("InvokeAI", "SD.Next"):
        assert found.parameters["loras"] == [{"name": "ink", "weight": 0.5}]


def test_settings_that_stand_in_a_text_each_are_read():
    texts = {key: str(value) for key, value in PROGRAMS["Easy Diffusion"].items()}
    assert read_texts(texts).parameters.items() >= WANTED.items()


INFOTEXT = "a fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler, Seed: 123, Size: 1024x768"


@pytest.mark.parametrize(
    "wrapped", [{"infotexts": [INFOTEXT], "seed": 1}, [{"id": 0, "filename": "a.png", "info": INFOTEXT}]]
)
def test_an_infotext_inside_of_json_is_read(wrapped):
    assert read_text(json.dumps(wrapped)).parameters.items() >= WANTED.items()


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_intact_in_damaged_json_is_read(program):
    whole = json.dumps(PROGRAMS[program])
    found = read_text(whole[:-1])
    assert found.parameters.items() >= {"prompt": "a fox", "seed": 123}.items()
    assert any("damaged" in note for note in found.notes)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8), st.sampled_from(list(PROGRAMS)))
def test_no_value_is_too_odd_to_be_listed(odd, program):
    with contextlib.suppress(NotReadable):
        read_text(json.dumps({**PROGRAMS[program], **odd}))


def test_numbers_that_are_nought_count():
    found = read_text(json.dumps({**PROGRAMS["SD.Next"], "seed": 0, "steps": 0}))
    assert found.parameters["seed"] == 0
    assert "steps" in found.unknown


@pytest.mark.parametrize(
    "text", ["{}", '{"a": 1}', '[{"a": 1}]', '{"prompt": "a fox"}x', '{"nodes": [], "links": []}', '{"a": {"b": "c"']
)
def test_other_json_is_refused(text):
    with pytest.raises(NotReadable):
        read_text(text)


@pytest.mark.parametrize("text", ["{red|blue} fox", "[cat:dog:0.5]", "[[a]]", "{{a}}, b", '{"red"|"blue"} fox'])
def test_prompts_in_brackets_stay_prompts(text):
    assert read_text(text).parameters == {"prompt": text}


@pytest.mark.parametrize("name", ["comment", "description", "xp_comment", "xmp_comment", "Comment"])
def test_captions_of_cameras_are_no_prompts_and_settings_are_read(name):
    with pytest.raises(NotReadable):
        read_texts({name: "SONY DSC"})
    assert read_texts({name: INFOTEXT}).parameters["seed"] == 123
