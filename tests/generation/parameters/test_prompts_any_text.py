"""Whatever people write: no syntax stumbles, and text without syntax stays as it is."""

import contextlib
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generation.parameters.prompts import (
    PromptRefused,
    check_prompt,
    compose,
    expand,
    is_dynamic,
    parse_attention,
    schedule,
    split_loras,
)

SYNTAX = st.sampled_from(
    [
        *("(", ")", "[", "]", "{", "}", "|", ":", "::", "$$", "\\", "__", "_", "<lora:", ">", "AND", " AND ", "BREAK"),
        *(
            "1",
            ".5",
            "-2",
            "2$$",
            ":0.5",
            ":3]",
            ":1.2)",
            ":0.5 ",
            "cat",
            "a dog",
            " ",
            ",",
            "\n",
            "é",
            "猫",
            "٣",
            "🦊",
        ),
        *("שלום", "/", "\x85"),
    ]
)
WRITTEN = st.lists(SYNTAX, max_size=60).map("".join)
PLAIN = st.text(st.characters(exclude_characters="()[]{}|<>_\\:", exclude_categories=["Cs"]), max_size=80).filter(
    lambda text: "AND" not in text and "BREAK" not in text
)
WILDCARDS = {"cat": ["{cat|__a__}", "2::a dog"], "a": ["x", "__cat__"]}


A_SENTENCE = re.compile(r"(?=(negative_)?prompt|wildcard|a wildcard|lora)[^\n]{15,400}")


def says_why(refused):
    """Whether a refusal names what is wrong, in one line."""
    return A_SENTENCE.fullmatch(str(refused)) is not None


@contextlib.contextmanager
def read_or_refused_with_a_sentence():
    """Let the block read a text, or refuse it with words that say why."""
    try:
        yield
    except PromptRefused as refused:
        if not says_why(refused):
            raise


@settings(max_examples=300, deadline=None)
@given(WRITTEN, st.integers(0, 2**53))
@example("<lora:>", 0)
@example("<lora:a\nb:one>", 0)
@example("<lora:a\nb:9>", 0)
@example("<hypernet:a>", 0)
@example("a :1 AND b :-1", 0)
@example("{0::a|0::b}", 0)
def test_any_text_is_drawn_or_refused_with_a_sentence(text, seed):
    with read_or_refused_with_a_sentence():
        once = expand(text, seed=seed, wildcards=WILDCARDS)
        assert once == expand(text, seed=seed, wildcards=WILDCARDS)
        if not is_dynamic(text):
            assert once == text
        words, _ = split_loras(once)
        check_prompt(words, steps=7)
        check_prompt(words, negative=True, steps=7)
        for prompt, _ in compose(words).prompts:
            spans = schedule(prompt, 7)
            ends = [end for end, _ in spans]
            assert ends == sorted(set(ends))
            assert ends[-1] == 7


@settings(max_examples=200, deadline=None)
@given(PLAIN, st.integers(0, 2**53))
def test_text_without_syntax_passes_through_unchanged(text, seed):
    assert expand(text, seed=seed, wildcards={}) == text
    assert split_loras(text) == (text, [])
    assert compose(text).prompts == ((text, 1.0),)
    assert schedule(text, 9) == [(9, text)]
    assert parse_attention(text) == [(text, 1.0)]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_character_breaks_a_reader(text):
    with read_or_refused_with_a_sentence():
        check_prompt(split_loras(expand(text, seed=1, wildcards={}))[0])


NESTED = "prompt must not nest brackets deeper than 30"
MEAN = {  # what is said, or None where the text is read
    "(" * 10_000: NESTED,
    "[" * 5000 + "]" * 5000: NESTED,
    "{" * 5000 + "}" * 5000: None,
    "__a" * 3000: "wildcard a is unknown; to keep the underscores as text, write \\__a\\__",
    "(])[" * 2500: None,
    "a:" * 5000: None,
}


@pytest.mark.parametrize("text", MEAN, ids=lambda text: text[:4])
def test_long_and_mean_texts_are_read_or_refused(text):
    said = None
    try:
        check_prompt(expand(text, seed=1, wildcards={}), steps=150)
    except PromptRefused as refused:
        said = str(refused)
    assert said == MEAN[text]
