"""Prompts that are passed on as they are written."""

import pytest

from generation.parameters.prompts import PromptRefused
from generation.parameters.schema import GenerationParameters
from generation.pipelines.encoding.conditioning_plan import plan_conditioning
from generation.pipelines.encoding.plain_text import get_plain_arguments


def passed_on(*prompts, negative="", given=None):
    parameters = [GenerationParameters(prompt=one, negative_prompt=negative) for one in prompts]
    plans = [plan_conditioning(one, negative, 4) for one in prompts]
    return get_plain_arguments(parameters, plans, {"prompt": given if given is not None else prompts[0], "steps": 4})


def test_brackets_are_punctuation():
    assert passed_on("a fox (in the snow) [at night]") == {"prompt": "a fox (in the snow) [at night]", "steps": 4}


def test_tags_of_lora_are_taken_out_of_each_text():
    assert passed_on("fox <lora:toy:1>", "owl", given=["fox <lora:toy:1>", "owl"])["prompt"] == ["fox", "owl"]


@pytest.mark.parametrize("text", ["(red:1.4) fox", "a [red:blue:0.5] fox", "a [red|blue] fox", "fox AND owl"])
def test_the_prompt_language_is_refused(text):
    with pytest.raises(PromptRefused, match="plain text"):
        passed_on(text)


def test_weights_are_refused_in_the_negative_prompt_too():
    with pytest.raises(PromptRefused):
        passed_on("fox", negative="(owl:1.2)")
