"""Adapters that parameters name: by field, and embeddings by their words in a prompt."""

import pytest

from generation.parameters.adapters import calls, named_adapters, prompt_texts
from generation.parameters.schema import GenerationParameters

IMAGE = "upload:00000000-0000-4000-8000-000000000000"


def test_every_field_that_may_name_one_is_listed():
    parameters = GenerationParameters(
        prompt="a red heart",
        init_image=IMAGE,
        loras=[{"name": "ink"}, {"name": "oil"}],
        vae="fine",
        controls=[{"model": "edges", "image": IMAGE}],
        ip_adapter={"model": "like", "image": IMAGE},
        refiner={"checkpoint": "last"},
        hires={"upscaler": "sharp"},
    )
    assert list(named_adapters(parameters)) == [
        ("loras.0.name", "lora", "ink"),
        ("loras.1.name", "lora", "oil"),
        ("vae", "vae", "fine"),
        ("controls.0.model", "controlnet", "edges"),
        ("ip_adapter.model", "ip_adapter", "like"),
        ("refiner.checkpoint", "refiner", "last"),
        ("hires.upscaler", "upscaler", "sharp"),
    ]


@pytest.mark.parametrize(("name", "found"), [("lanczos", []), ("sharp", [("upscaler", "upscaler", "sharp")])])
def test_a_built_in_upscaler_is_no_adapter(name, found):
    parameters = GenerationParameters(task="upscale", init_image=IMAGE, upscaler=name)
    assert list(named_adapters(parameters)) == found


def test_every_text_that_becomes_a_prompt_is_searched():
    parameters = GenerationParameters(prompt="a heart", negative_prompt="grey")
    assert prompt_texts(parameters) == ["a heart", "grey"]


@pytest.mark.parametrize(
    ("text", "token", "called"),
    [
        ("a heart, x-y", "x-y", True),
        ("(X-Y:1.2) heart", "x-y", True),
        ("a x-yz heart", "x-y", False),
        ("ax-y heart", "x-y", False),
        ("a.b", "a.b", True),
        ("aXb", "a.b", False),
        ("a heart", "", False),
    ],
)
def test_a_token_is_a_whole_word_in_any_case(text, token, called):
    assert calls(text, token) is called
