"""Checkpoints that an API key may be bound to: those of every registered function together."""

import pytest

from sdsite.accounts import checkpoint_choices
from sdsite.accounts.checkpoint_choices import checkpoints_offered_to


@pytest.fixture
def offers(monkeypatch):
    """No registered functions."""
    monkeypatch.setattr(checkpoint_choices, "offers", [])
    return checkpoint_choices.offers


def test_without_functions_there_are_none(offers, alice):
    assert checkpoints_offered_to(alice) == {}


def test_all_functions_are_asked_about_the_user(offers, alice, charlie):
    offers.append(lambda user: {"starter": "Starter"})
    offers.append(lambda user: {"ink": "Ink"} if user == alice else {})
    assert checkpoints_offered_to(alice) == {"starter": "Starter", "ink": "Ink"}
    assert checkpoints_offered_to(charlie) == {"starter": "Starter"}


def test_the_site_offers_its_enabled_checkpoints(alice, checkpoint):
    assert checkpoints_offered_to(alice) == {"starter": checkpoint.title}
    checkpoint.enabled = False
    checkpoint.save()
    assert checkpoints_offered_to(alice) == {}
