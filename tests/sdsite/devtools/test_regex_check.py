"""Regular expressions that may backtrack without end are found, and the site has none."""

import pytest

from sdsite.devtools.regex_check import collect, weak_spots


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(?:\w*\s*)*;", r"x.*.*.*y"])
def test_weak_expressions_are_found(pattern):
    assert weak_spots(pattern, 0)


@pytest.mark.parametrize("pattern", [r"a+b", r"\w*+;", r"(?>a+)b", r"[^,]*,", ""])
def test_others_are_not(pattern):
    assert not weak_spots(pattern, 0)


def test_expressions_in_globals_tables_and_calls_are_collected():
    names = [
        "generation.parameters.prompts.attention",
        "sdsite.middleware.body_limits",
        "sdsite.api.compat.sdapi.responses",
    ]
    found = collect(names)
    assert set(found.values()) == set(names)
    assert r"\.\d+" in {pattern for pattern, _ in found}
