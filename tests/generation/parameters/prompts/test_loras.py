"""LoRA tags in a prompt."""

import pytest

from generation.parameters.prompts import PromptRefused, split_loras

CASES = {
    "a fox": ("a fox", []),
    " a fox <3 ": (" a fox <3 ", []),
    "a fox <lora:ink:0.8>": ("a fox", [("ink", 0.8)]),
    "<lora:ink> a <lyco:line-art:-.5> fox": ("a  fox", [("ink", 1.0), ("line-art", -0.5)]),
    "<lora:ink:0.5><lora:ink:0.25>": ("", [("ink", 0.75)]),
    "<lora:ink": ("<lora:ink", []),
}


@pytest.mark.parametrize("text", CASES)
def test_tags_are_taken_out(text):
    assert split_loras(text) == CASES[text]


@pytest.mark.parametrize(
    "tag",
    ["<lora::1>", "<lora:a:b>", "<lora:a:1:2>", "<lora:a:5>", "<hypernet:x:1>", "<lora:a:>", "<lora:a:3><lora:a:3>"],
)
def test_a_tag_that_says_nothing_usable_is_refused(tag):
    with pytest.raises(PromptRefused, match=r"<|LoRA"):
        split_loras(f"a fox {tag}")
