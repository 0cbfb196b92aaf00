"""Attention: what brackets do to weights."""

import pytest

from generation.parameters.prompts import BREAK, PromptRefused, parse_attention, without_attention

# Texts and what stable-diffusion-webui makes of them.
CASES = {
    "normal text": [("normal text", 1.0)],
    "an (important) word": [("an ", 1.0), ("important", 1.1), (" word", 1.0)],
    "a ((very)) word": [("a ", 1.0), ("very", 1.21), (" word", 1.0)],
    "a [lesser] word": [("a ", 1.0), ("lesser", 1 / 1.1), (" word", 1.0)],
    "a (word:1.3)": [("a ", 1.0), ("word", 1.3)],
    "a (word : 1.3 )": [("a ", 1.0), ("word ", 1.3)],
    "a (word:.5)": [("a ", 1.0), ("word", 0.5)],
    "a (word:-1)": [("a ", 1.0), ("word", -1.0)],
    "(a (b:2) c:0.5)": [("a ", 0.5), ("b", 1.0), (" c", 0.5)],
    "(unbalanced": [("unbalanced", 1.1)],
    "[a (b": [("a ", 1 / 1.1), ("b", 1.0)],
    "un)balanced] :1.2)": [("un)balanced] :1.2)", 1.0)],
    r"\(literal\] \\ \[x\)": [(r"(literal] \ [x)", 1.0)],
    "(unnecessary)(parens)": [("unnecessaryparens", 1.1)],
    "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).": [
        ("a ", 1.0),
        ("house", 1.573),
        (" ", 1.1),
        ("on", 1.0),
        (" a ", 1.1),
        ("hill", 0.55),
        (", sun, ", 1.1),
        ("sky", 1.4641),
        (".", 1.1),
    ],
    "time: 12:30": [("time: 12:30", 1.0)],
    "(a:b)": [("a:b", 1.1)],
    "(x:..)": [("x:..", 1.1)],
    "a BREAK b": [("a", 1.0), BREAK, ("b", 1.0)],
    "(a BREAK b:2)": [("a", 2.0), BREAK, ("b", 2.0)],
    "BREAKFAST": [("BREAKFAST", 1.0)],
    "": [("", 1.0)],
    "()": [("", 1.0)],
    "back\\slash": [("back\\slash", 1.0)],
}


@pytest.mark.parametrize("text", CASES)
def test_brackets_weigh_what_stands_in_them(text):
    found, expected = parse_attention(text), CASES[text]
    assert [piece.text for piece in found] == [words for words, _ in expected]
    assert [piece.weight for piece in found] == pytest.approx([weight for _, weight in expected])


@pytest.mark.parametrize("text", ["(a:101)", "((a:20):20)", "(" * 31 + "a", "(a:-200)"])
def test_weights_and_nesting_have_bounds(text):
    with pytest.raises(PromptRefused, match="prompt"):
        parse_attention(text)


def test_the_words_alone_are_what_other_encoders_read():
    assert without_attention(r"a (red:1.3) [fox] BREAK \(snow\)") == "a red fox (snow)"
