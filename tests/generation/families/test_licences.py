"""Licences and their duties."""

from generation.families.licences import DUTIES, LICENCES


def test_every_duty_has_its_sentence():
    for licence in LICENCES.values():
        assert licence.duties <= set(DUTIES)
        assert licence.url.startswith("https://")


def test_an_open_licence_has_no_duty():
    assert LICENCES["apache-2.0"].duties == frozenset()
    assert "non_commercial" in LICENCES["flux-non-commercial"].duties
