"""The state that the studio starts with."""

import pytest

from generation.models import Preset, StudioState
from generation.studio_state import NOT_KEPT, keep_state, read_state
from tests.generation.pages.test_studio import data_of
from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


def test_the_page_is_drawn_with_it(as_alice, alice, checkpoint):
    make_checkpoint("another")
    keep_state(owner=alice, form={"checkpoint": "another", "steps": 33}, folds=["advanced", "hires"])
    response = as_alice.get("/")
    page = response.content.decode()
    assert response.context["chosen"].slug == "another"
    assert data_of(response)["state"]["form"] == {"checkpoint": "another", "steps": 33}
    assert 'data-fold="advanced" open>' in page
    assert 'data-part="hires" open>' in page
    assert 'data-fold="presets">' in page


def test_a_checkpoint_that_is_gone_leaves_the_default_one(as_alice, alice, checkpoint):
    keep_state(owner=alice, form={"checkpoint": "gone", "steps": 33}, folds=[])
    assert as_alice.get("/").context["chosen"] == checkpoint


def test_what_a_preset_may_hold_is_kept_and_what_stays_in_the_tab_is_named_on_the_page(as_alice, alice, checkpoint):
    Preset(owner=alice, name="x", parameters={"hires": {"scale": 2}}).full_clean()
    keep_state(owner=alice, form={"hires": {"scale": 2}}, folds=[])
    assert read_state(alice).form["hires"]["scale"] == 2
    assert data_of(as_alice.get("/"))["not_kept"] == list(NOT_KEPT)


def test_what_is_not_kept_yet_is_the_readers(alice):
    state = read_state(alice)
    assert (state.owner, state.version) == (alice, 0)


def test_it_goes_with_its_owner(alice):
    keep_state(owner=alice, form={}, folds=["advanced"])
    alice.delete()
    assert not StudioState.objects.exists()
