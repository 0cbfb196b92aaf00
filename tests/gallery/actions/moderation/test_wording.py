"""Decisions in words: each deed and reason has some, in the reader's language."""

import pytest
from django.utils import translation

from gallery.actions.moderation.wording import DEEDS, REASONS, describe_conflict, describe_reason
from gallery.models import ModerationAction


def test_every_deed_and_reason_has_words():
    assert set(DEEDS) == set(ModerationAction.Deed)
    assert set(REASONS) == set(ModerationAction.Reason)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"reason": "spam"}, "Spam"),
        ({"text": "Ten times the same."}, "Ten times the same."),
        ({"reason": "spam", "text": "Ten times the same."}, "Spam: Ten times the same."),
    ],
)
def test_a_reason_is_from_the_list_or_free_or_both(fields, words):
    assert describe_reason(ModerationAction(deed="hold", **fields)) == words


def test_a_conflict_is_told_in_the_readers_language():
    decision = ModerationAction(deed="hold")
    with translation.override("de"):
        assert describe_conflict(decision).startswith("Die Website hat inzwischen entschieden")
