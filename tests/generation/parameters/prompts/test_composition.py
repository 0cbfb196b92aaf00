"""Several prompts in one."""

import pytest

from generation.parameters.prompts import PromptRefused, compose

CASES = {
    "a cat": ("plain", [("a cat", 1.0)]),
    " spaces stay ": ("plain", [(" spaces stay ", 1.0)]),
    "a cat AND a dog": ("and", [("a cat", 1.0), ("a dog", 1.0)]),
    "a cat :1.2 AND a dog :0.8": ("and", [("a cat", 1.2), ("a dog", 0.8)]),
    "a cat:-1 AND (a dog:1.3)": ("and", [("a cat", -1.0), ("(a dog:1.3)", 1.0)]),
    "a\ncat AND": ("and", [("a\ncat", 1.0), ("", 1.0)]),
    "SANDAL and BAND": ("plain", [("SANDAL and BAND", 1.0)]),
    "tabby cat:0.25 white duck:0.75": ("blend", [("tabby cat", 0.25), ("white duck", 0.75)]),
    "tabby cat:0.25, white duck:0.75": ("blend", [("tabby cat", 0.25), ("white duck", 0.75)]),
    "a:1 b:2 c:3": ("blend", [("a", 1.0), ("b", 2.0), ("c", 3.0)]),
    "(a:1.2) cat:0.5 [b:c:3] dog:0.5": ("blend", [("(a:1.2) cat", 0.5), ("[b:c:3] dog", 0.5)]),
    "a:1 b:2 AND c:1": ("and", [("a:1 b", 2.0), ("c", 1.0)]),
}
NO_BLENDS = [
    "(cat:1.3) (dog:1.2)",
    "[a:b:12] [c:d:3]",
    "a cat:0.5",
    "cat:0.5 dog",
    "from 12:30 to 14:45",
    "scores: 5 points: 7",
    "cat:0.5 :0.5",
    "cat:0.5dog:0.5",
    "16:9 4:3",
]


@pytest.mark.parametrize("text", CASES)
def test_prompts_are_told_apart(text):
    mode, prompts = CASES[text]
    assert (compose(text).mode, list(compose(text).prompts)) == (mode, prompts)


@pytest.mark.parametrize("text", NO_BLENDS)
def test_numbers_behind_colons_alone_make_no_blend(text):
    assert compose(text).prompts == ((text, 1.0),)


def test_in_a_negative_prompt_and_is_a_word():
    assert compose("ROCK AND ROLL", conjunction=False).prompts == (("ROCK AND ROLL", 1.0),)


@pytest.mark.parametrize("text", [" AND ".join("abcdefghi"), "a:1 b:-1", "a:200 AND b", "a:1 b:500"])
def test_what_cannot_be_joined_is_refused(text):
    with pytest.raises(PromptRefused):
        compose(text)
