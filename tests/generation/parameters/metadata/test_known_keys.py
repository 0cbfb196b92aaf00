"""Names of settings are known in every spelling."""

import pytest

from generation.parameters.metadata.known_keys import KNOWN_KEY, canonical, is_known


@pytest.mark.parametrize("written", ["CFG scale", "cfg scale", "Cfg Scale", "CFG Scale", "CFG", "guidance scale"])
def test_a_name_is_known_in_every_spelling(written):
    assert (is_known(written), canonical(written)) == (True, "CFG scale")


def test_other_names_stay_as_they_are():
    assert (is_known("Mood"), canonical("Mood")) == (False, "Mood")


def test_the_expression_finds_whole_names_only():
    text = "a Seed: 1, Birdseed: 2, cfg scale : 7 , model://x, Model hash: 3"
    assert [found[0] for found in KNOWN_KEY.finditer(text)] == ["Seed:", "cfg scale :", "Model hash:"]
