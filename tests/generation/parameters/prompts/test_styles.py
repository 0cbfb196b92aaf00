"""Styles are applied to both prompts."""

from types import SimpleNamespace

from generation.parameters.prompts import apply_styles


def style(prompt="", negative_prompt=""):
    return SimpleNamespace(prompt=prompt, negative_prompt=negative_prompt)


def test_styles_are_laid_over_both_prompts():
    ink, dark = style("{prompt}, ink drawing", "colour"), style("at night", "sun, {prompt}")
    assert apply_styles("a fox", "", [ink, dark]) == ("a fox, ink drawing, at night", "sun, colour")
    assert apply_styles(" a fox ", "x", [style()]) == (" a fox ", "x")
    assert apply_styles("", "", [style("at night")]) == ("at night", "")
