"""Prompt, negative prompt and settings are told apart, also where line breaks were lost."""

import pytest

from generation.parameters.metadata.known_keys import canonical
from generation.parameters.metadata.sections import divide

SETTINGS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42"
NAMES = ["CFG scale", "Sampler", "Seed", "Steps"]


@pytest.mark.parametrize(
    ("text", "prompt", "negative"),
    [
        (f"a fox\nNegative prompt: bad\n{SETTINGS}", "a fox", "bad"),
        (f"a fox Negative prompt: bad {SETTINGS}", "a fox", "bad"),
        (f"a fox, snow, Negative prompt: bad, {SETTINGS}", "a fox, snow", "bad"),
        (f"a foxNegative prompt: bad{SETTINGS}", "a fox", "bad"),
        (f"a fox\nNegative prompt: bad, worse {SETTINGS}", "a fox", "bad, worse"),
        (f"a: b, c: d, {SETTINGS}", "a: b, c: d", ""),
        (f"Negative prompt: bad {SETTINGS}", "", "bad"),
        (SETTINGS, "", ""),
        (f"Prompt: a fox\r\nnegative prompt: bad\r\n{SETTINGS}", "a fox", "bad"),
        ("a fox\nSeed: 42,\nSampler: Euler a\nSteps: 20, CFG scale: 7", "a fox", ""),
        ("a fox\nSeed: 42\nSampler: Euler a\nCFG scale: 7\nsteps: 20", "a fox", ""),
        ("a fox\nSampler: Euler a, rubbish, Seed: 42, CFG scale: 7, Steps: 20", "a fox", ""),
    ],
)
def test_the_parts_are_found(text, prompt, negative):
    parts = divide(text)
    assert (parts.prompt, parts.negative, sorted(map(canonical, parts.pairs.values))) == (prompt, negative, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "subject: a cat, style: oil, mood: happy",
        "a poster that says Steps: 3 to heaven",
        "Model: a woman in red",
        "size: large, a cat",
        "a cat, a dog: both",
        "",
    ],
)
def test_a_text_without_settings_is_a_prompt(text):
    parts = divide(text)
    assert (parts.prompt, parts.negative, parts.pairs.values) == (text, "", {})


def test_settings_are_found_though_the_name_steps_is_damaged():
    parts = divide("a fox\nStps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42\nTemplate: a {red|blue} fox")
    assert parts.prompt == "a fox"
    assert sorted(parts.pairs.values) == ["CFG scale", "Sampler", "Seed", "Stps", "Template"]
