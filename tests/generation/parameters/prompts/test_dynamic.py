"""Choices in a prompt, decided by the seed."""

from collections import Counter

import pytest

from generation.parameters.prompts import PromptRefused, Spending, expand, is_dynamic

ANIMALS = {"animals/cats": ["lion", "3::tiger"], "animal": ["__animals/cats__", "{big|small} fox"], "empty": []}


def many(text, count=300, wildcards=ANIMALS):
    return Counter(expand(text, seed=seed, wildcards=wildcards) for seed in range(count))


def test_each_option_is_as_likely_as_it_says():
    assert set(many("{a|b|c}")) == {"a", "b", "c"}
    assert min(many("{a|b|c}").values()) > 70
    assert 180 < many("{2::a|b}")["a"] < 220
    assert set(many("{0::a|b}")) == {"b"}
    assert 200 < many("__animals/cats__")["tiger"] < 250
    assert set(many("{ a | b}")) == {"a", "b"}
    assert set(many("{red |}fox")) == {"redfox", "fox"}


def test_several_are_taken_each_once():
    pairs = many("{2$$a|b|c}")
    assert set(pairs) == {f"{x}, {y}" for x in "abc" for y in "abc" if x != y}
    assert set(many("{1-2$$ and $$a|b}")) == {"a", "b", "a and b", "b and a"}
    assert set(many("{5$$a}")) == {"a"}
    assert {len(text) for text in many("{2-$$$$a|b|c}")} == {2, 3}
    assert set(many("{-1$$a|b}")) == {"", "a", "b"}
    assert set(many("{2$$__animals/cats__}")) == {"lion, tiger", "tiger, lion"}
    assert set(many("{2$$0::a|b}")) == {"b"}


def test_choices_nest():
    assert set(many("{a {b|c}|d}")) == {"a b", "a c", "d"}
    assert set(many("__animal__")) == {"lion", "tiger", "big fox", "small fox"}
    assert set(many(r"{{a\|b|c}|d}")) == {"a|b", "c", "d"}


TEXTS = [
    r"\frac{a}{b} \sqrt{x^2}",
    '{"a": {"b": [1, 2]}}',
    "a { b",
    "a } b | c",
    "{a|b",
    "}{",
    "snake_case __ name",
    "a [b|c] (d:1.2)",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_choice_is_text(text):
    assert expand(text, seed=1, wildcards={}) == text
    assert not is_dynamic(text)


def test_a_backslash_makes_text_of_it():
    assert expand(r"\{a|b\}", seed=1, wildcards={}) == "{a|b}"
    assert expand(r"\__init\__ [a\|b]", seed=1, wildcards={}) == r"__init__ [a\|b]"
    assert set(many(r"\\{a|b}")) == {r"\\a", r"\\b"}
    assert is_dynamic(r"\{a|b\} \__x\__")
    assert is_dynamic("{a|b}")
    assert is_dynamic("a __x__")


LOOP = {"a": ["__a__"], "wide": ["__wide2__ __wide2__"], "wide2": ["x" * 400]}


REFUSED = {
    "__nobody__": "wildcard nobody is unknown",
    "__empty__": "wildcard empty has no entries",
    "__a__": "deeper than 30",
    "{0::a|0::b}": "whose weights are all 0",
    "{a|b} " * 1001: "at most 1000 choices",
    "__wide__ " * 20: "at most 10000 characters",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_expanded_is_refused(text):
    with pytest.raises(PromptRefused, match=REFUSED[text]):
        expand(text, seed=1, wildcards={**ANIMALS, **LOOP})


def test_all_prompts_of_a_job_share_a_budget():
    spending = Spending()
    for seed in range(10):
        expand("{a|b}" * 1000, seed=seed, wildcards={}, spending=spending)
    with pytest.raises(PromptRefused, match="10000 choices in all images"):
        expand("{a|b}", seed=1, wildcards={}, spending=spending)


def test_so_do_the_characters_that_are_read_for_them():
    spending = Spending()
    long = "{a|b}" + "x" * 9000
    for seed in range(111):
        expand(long, seed=seed, wildcards={}, spending=spending)
    with pytest.raises(PromptRefused, match="1000000 characters"):
        expand(long, seed=1, wildcards={}, spending=spending)
