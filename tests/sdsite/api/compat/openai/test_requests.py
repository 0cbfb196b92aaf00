"""Parameters of OpenAI's API become the site's own."""

import pytest

from generation.errors import JobRefused
from generation.limits import Limits
from generation.models import Checkpoint
from sdsite.api.compat.openai.requests import build_parameters, read_request

USUAL = Checkpoint(slug="starter", family="sd", width=128, height=128, steps=20, guidance_scale=4, sampler="ddim")


FAST = Checkpoint(slug="turbo", family="sd", width=128, height=128, steps=4, guidance_scale=1, sampler="lcm")


def requested(checkpoint=USUAL, limits=None, presets=None, **words):
    asked = read_request({"prompt": "a red heart", **words})
    return build_parameters(asked, checkpoint=checkpoint, limits=limits or Limits(), presets=presets)


def said(requested_here):
    return requested_here.model_dump(
        include=requested_here.model_fields_set, exclude={"prompt", "checkpoint"}, mode="json"
    )


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        ({}, {}),
        ({"n": 3}, {"count": 3}),
        ({"n": "3", "size": None, "quality": None, "model": None}, {"count": 3}),
        ({"size": "auto"}, {}),
        ({"size": "1536x1024"}, {"width": 1536, "height": 1024}),
        ({"output_format": "webp", "output_compression": 40}, {"output_format": "webp", "quality": 40}),
        ({"output_format": "jpeg", "output_compression": 0}, {"output_format": "jpeg", "quality": 1}),
        ({"quality": "low"}, {"steps": 10}),
        ({"quality": "medium"}, {}),
        ({"quality": "high"}, {"steps": 30}),
        ({"quality": "hd", "steps": 7}, {"steps": 7}),
        ({"background": "opaque", "moderation": "low", "style": "vivid", "user": "u-1", "safety_identifier": "x"}, {}),
        ({"response_format": "url", "stream": False, "partial_images": 2}, {}),
        (
            {"seed": 7, "guidance_scale": 3.5, "negative_prompt": "grey", "sampler": "Euler a"},
            {"seed": 7, "guidance_scale": 3.5, "negative_prompt": "grey", "sampler": "euler_a"},
        ),
        ({"seed": "7", "strength": "0.5"}, {"seed": 7, "strength": 0.5}),
        ({"loras": [{"name": "ink", "weight": 0.5}]}, {"loras": [{"name": "ink", "weight": 0.5}]}),
        ({"count": 2, "width": 64}, {"count": 2, "width": 64}),
    ],
)
def test_openai_fields_become_native_fields(words, ours):
    requested_here = requested(**words)
    assert requested_here.prompt == "a red heart"
    assert requested_here.checkpoint == "starter"
    assert said(requested_here) == ours


def test_quality_leaves_distilled_checkpoints_alone_and_stays_within_a_role():
    assert requested(FAST, quality="high").steps is None
    assert requested(limits=Limits(most_steps=24), quality="high").steps == 24
    assert requested(limits=Limits(most_steps=24), quality="low").steps == 10


def test_fields_of_the_request_override_presets_of_the_endpoint():
    presets = {"strength": 0.6, "prompt": "a picture"}
    assert requested(presets=presets).strength == 0.6
    assert requested(presets=presets, strength=0.2).strength == 0.2
    assert requested(presets=presets).prompt == "a red heart"
    assert requested(presets=presets, prompt=None).prompt == "a picture"


@pytest.mark.parametrize(
    ("words", "every"),
    [
        ({"partial_images": 1}, 10),
        ({"partial_images": 3}, 5),
        ({"partial_images": 3, "steps": 2}, 1),
        ({"partial_images": 2, "init_image": "upload:x", "strength": 0.5}, 3),
    ],
)
def test_partial_images_are_spread_over_the_steps_and_large(words, every):
    preview = requested(stream=True, **words).preview
    assert (preview.every, preview.start, preview.size) == (every, every, 1024)


def test_native_preview_fields_are_kept():
    assert requested(stream=True, partial_images=2, preview={"every": 9}).preview.every == 9
    assert "preview" not in requested(stream=True).model_fields_set


@pytest.mark.parametrize(
    ("words", "field", "allowed"),
    [
        ({"n": 0}, "n", "1 to 10; got 0"),
        ({"n": 11}, "n", "1 to 10; got 11"),
        ({"n": "many"}, "n", "whole number"),
        ({"size": "large"}, "size", "WIDTHxHEIGHT"),
        ({"size": "63x64"}, "width", "64 to 2048, in multiples of 8; got 63"),
        ({"quality": "best"}, "quality", "low, medium, high"),
        ({"response_format": "file"}, "response_format", "b64_json"),
        ({"output_format": "gif"}, "output_format", "png"),
        ({"output_compression": 101}, "output_compression", "0 to 100"),
        ({"background": "transparent"}, "background", "opaque"),
        ({"partial_images": 4, "stream": True}, "partial_images", "0 to 3"),
        ({"input_fidelity": "middling"}, "input_fidelity", "high"),
        ({"steps": 1000}, "steps", "1 to 250"),
        ({"cfg_scale": 7}, "cfg_scale", "its name is guidance_scale"),
        ({"sead": 7}, "sead", "not known"),
    ],
)
def test_invalid_values_are_refused_by_the_name_of_their_field(words, field, allowed):
    with pytest.raises(JobRefused) as refused:
        requested(**words)
    assert list(refused.value.fields) == [field]
    assert allowed in refused.value.message
