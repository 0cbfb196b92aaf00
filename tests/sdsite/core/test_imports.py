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


def test_what_was_made_meanwhile_is_frozen():
    gc.enable()
    before = gc.get_freeze_count()
    with without_collections():
        assert not gc.isenabled()
        made = [{"number": number, "within": []} for number in range(10)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)


def test_a_failure_switches_collections_on_again_and_freezes_nothing():
    gc.enable()
    gc.unfreeze()
    with pytest.raises(ImportError), without_collections():
        raise ImportError
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_collections_that_are_off_stay_off():
    gc.disable()
    before = gc.get_freeze_count()
    with without_collections():
        pass
    assert not gc.isenabled()
    assert gc.get_freeze_count() == before
