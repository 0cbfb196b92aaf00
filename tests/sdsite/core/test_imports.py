"""Garbage is not looked for while a process imports, and what it imported is not looked at again."""

import gc

import pytest

from sdsite.core.imports import without_collections


@pytest.fixture(autouse=True)
def collections_as_before():
    """The tests' own process has frozen what it imported; that stays so."""
    yield
    gc.freeze()
    gc.enable()


def is_frozen(made):
    """Tell whether collections pass over an object; how many are frozen also changes as others end."""
    return id(made) not in {id(one) for one in gc.get_objects()}


def test_what_was_made_meanwhile_is_frozen():
    gc.enable()
    with without_collections():
        assert not gc.isenabled()
        made = [{"number": 1, "within": []}]
        assert not is_frozen(made)
    assert gc.isenabled()
    assert is_frozen(made)


def test_a_failure_switches_collections_on_again_and_freezes_nothing():
    gc.enable()
    gc.unfreeze()
    with pytest.raises(ImportError), without_collections():
        raise ImportError
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_collections_that_are_off_stay_off():
    gc.disable()
    with without_collections():
        made = [{"number": 1, "within": []}]
    assert not gc.isenabled()
    assert not is_frozen(made)
