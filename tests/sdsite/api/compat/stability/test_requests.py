"""What the payload of Stability's websocket means in our names."""

import json

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from sdsite.accounts.credentials import Credentials
from sdsite.api.compat.stability.requests import in_their_names, read_payload
from sdsite.api.errors import ApiError

pytestmark = pytest.mark.django_db


def requested_of(**payload):
    return read_payload(json.dumps({"text_prompts": [{"text": "a fox", "weight": 1}], **payload})).requested()


def test_every_field_is_translated(checkpoint):
    requested = requested_of(
        engine="starter", steps=12, width=128, height=128, seed=9, cfg_scale=6.5, samples=3, callback_steps=4,
        callback_start=2, use_binary=True, style_preset="unknown words are ignored",
    )  # fmt: skip
    assert (requested.prompt, requested.negative_prompt, requested.checkpoint) == ("a fox", None, "starter")
    assert (requested.steps, requested.width, requested.height, requested.guidance_scale) == (12, 128, 128, 6.5)
    assert (requested.seed, requested.count, requested.output_format) == (9, 3, "jpeg")
    assert requested.preview.model_dump() == {"every": 4, "start": 3, "size": 256}


@pytest.mark.parametrize("payload", [{}, {"seed": 0}, {"seed": -1}, {"seed": None, "steps": None, "samples": None}])
def test_omitted_fields_are_left_to_the_site(checkpoint, payload):
    requested = requested_of(**payload)
    assert (requested.seed, requested.steps, requested.width, requested.count, requested.checkpoint) == (
        None,
        None,
        None,
        1,
        None,
    )


@pytest.mark.parametrize(
    ("texts", "prompt", "negative"),
    [
        ([("a fox", 1), ("in snow", 0.5)], "a fox, (in snow:0.5)", None),
        ([("a fox", 1), ("blurry", -1), ("grey", -1.25)], "a fox", "blurry, (grey:1.25)"),
        ([("a fox (red)", 1.5)], "(a fox (red):1.5)", None),
        ([("a fox :)", 2)], r"(a fox :\):2)", None),
        ([("a fox", 1), ("nothing", 0), ("  ", 1)], "a fox", None),
    ],
)
def test_weighted_texts_become_the_prompts(checkpoint, texts, prompt, negative):
    requested = requested_of(text_prompts=[{"text": text, "weight": weight} for text, weight in texts])
    assert (requested.prompt, requested.negative_prompt) == (prompt, negative)


@pytest.mark.parametrize("closing", ["a fox :)", "((a fox", ")(", "a (fox) [red"])
def test_weights_are_parsed_by_the_site(checkpoint, alice, closing):
    from generation.parameters.prompts.attention import parse_attention

    prompt = requested_of(text_prompts=[{"text": closing, "weight": 2}]).prompt
    assert max(piece.weight for piece in parse_attention(prompt)) >= 1.8
    assert all(piece.weight > 1 for piece in parse_attention(prompt))


def test_unknown_engines_mean_the_default(checkpoint, settings):
    assert requested_of(engine="stable-diffusion-xl-1024-v1-0").checkpoint is None
    assert requested_of(engine="not a name of anything!").checkpoint is None
    settings.ENV = {**settings.ENV, "SDSITE_STRICT_MODELS": True}
    assert requested_of(engine="stable-diffusion-xl-1024-v1-0").checkpoint == "stable-diffusion-xl-1024-v1-0"
    assert requested_of(engine="").checkpoint is None


def refusal_of(alice, **payload):
    with pytest.raises(JobRefused) as refused:
        submit_job(credentials=Credentials(alice), parameters=requested_of(**payload), source=Job.Source.STABILITY)
    return in_their_names(refused.value)


@pytest.mark.parametrize(
    ("payload", "field", "words"),
    [
        ({"steps": 251}, "steps", "1 to 250"),
        ({"samples": 257}, "samples", "1 to 256"),
        ({"cfg_scale": 31}, "cfg_scale", "-30 to 30"),
        ({"cfg_scale": float("nan")}, "cfg_scale", "-30 to 30"),
        ({"width": 100}, "width", "multiple of 8"),
        ({"width": 64, "height": 64}, "width", "128x128"),
        ({"seed": 2**60}, "seed", "-1 to"),
        ({"text_prompts": [{"text": "a", "weight": 101}]}, "text_prompts.0.weight", "-100 to 100"),
        ({"text_prompts": [{"weight": 1}]}, "text_prompts.0.text", "required"),
        ({"text_prompts": None}, "text_prompts", "required"),
        ({"steps": "many"}, "steps", "integer"),
        ({"callback_steps": -1}, "callback_steps", "greater"),
    ],
)
def test_invalid_values_are_refused_by_the_payloads_names(checkpoint, alice, payload, field, words):
    refused = refusal_of(alice, **payload)
    assert field in refused.fields
    assert words in refused.message
    assert not refused.message.startswith(("guidance_scale", "count", "prompt"))
    assert not Job.objects.exists()


@pytest.mark.parametrize("frame", ["", "no", "[]", b"\xff\xfe", "[" * 100_000])
def test_invalid_frames_are_refused(frame):
    with pytest.raises(ApiError):
        read_payload(frame)
