"""Prompts that change between steps."""

import pytest

from generation.parameters.prompts import PromptRefused, schedule

# Texts and what they are over 10 steps, as stable-diffusion-webui counts.
CASES = {
    "test": [(10, "test")],
    "a [b:3]": [(3, "a "), (10, "a b")],
    "a [b: 3 ]": [(3, "a "), (10, "a b")],
    "a [[[b]]:2]": [(2, "a "), (10, "a [[b]]")],
    "[(a:2):3]": [(3, ""), (10, "(a:2)")],
    "a [b : c : 1] d": [(1, "a b  d"), (10, "a  c  d")],
    "a[b:[c:d:2]:1]e": [(1, "abe"), (2, "ace"), (10, "ade")],
    "a [unbalanced": [(10, "a [unbalanced")],
    "a [b:.5] c": [(5, "a  c"), (10, "a b c")],
    "a [cat:dog:0.3]": [(3, "a cat"), (10, "a dog")],
    "a [cat::0.3]": [(3, "a cat"), (10, "a ")],
    "((a][:b:c [d:3]": [(3, "((a][:b:c "), (10, "((a][:b:c d")],
    "[a:b:0]": [(10, "b")],
    "[a:b:-3]": [(10, "b")],
    "[a:b:99]": [(10, "a")],
    "[a:b:1.0]": [(10, "a")],
    "[a:b:1]": [(1, "a"), (10, "b")],
    "[a:b:c]": [(10, "[a:b:c]")],
    "[a:b:c:3]": [(10, "[a:b:c:3]")],
    "[a]": [(10, "[a]")],
    r"\[a:b:3\]": [(10, r"\[a:b:3\]")],
    "[a|a]": [(10, "a")],
    "[x:x:5]": [(10, "x")],
    "[(a:1.1)|b:]": [(step, "(a:1.1)" if step % 2 else "b:") for step in range(1, 11)],
    "[fe|]male": [(step, "female" if step % 2 else "male") for step in range(1, 11)],
    "[[a|b]:c:2]": [(1, "a"), (2, "b"), (10, "c")],
    "[:( sad:5]": [(5, ""), (10, "( sad")],
}


@pytest.mark.parametrize("text", CASES)
def test_a_prompt_is_told_step_by_step(text):
    assert schedule(text, 10) == CASES[text]


def test_alternation_takes_turns():
    assert [text for _, text in schedule("[a|b|c]", 5)] == ["a", "b", "c", "a", "b"]


# In a second pass of 10 steps after a first one of 20.
SECOND = {
    "[a:b:0.5]": [(10, "b")],
    "[a:b:1.5]": [(5, "a"), (10, "b")],
    "[a:b:12]": [(10, "b")],
    "[a:b:24]": [(4, "a"), (10, "b")],
}


@pytest.mark.parametrize("text", SECOND)
def test_a_second_pass_counts_on(text):
    assert schedule(text, 10, after=20) == SECOND[text]


def test_nesting_has_a_bound():
    deep = "[" * 32 + "a" + ":3]" * 32
    with pytest.raises(PromptRefused, match="deeper than 30"):
        schedule(deep, 10)
    assert schedule("[" * 200 + "]" * 200, 10) == [(10, "[" * 200 + "]" * 200)]


def test_a_text_that_becomes_too_many_long_texts_is_refused():
    text = "[a|b] " * 1600
    assert len(schedule(text, 20)) == 20
    with pytest.raises(PromptRefused, match="400000 characters"):
        schedule(text, 150)


def test_edits_at_few_steps_cost_no_more_with_many_steps():
    assert [span.end_step for span in schedule("[a:b:0.5] " * 900, 250)] == [125, 250]
