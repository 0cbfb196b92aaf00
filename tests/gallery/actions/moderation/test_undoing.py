"""Decisions are undone once, in the right order, and images get back what was taken."""

import pytest

from gallery.actions.moderation import decide
from gallery.actions.moderation.undoing import NotUndoable, undo, undo_many
from gallery.models import Image, ModerationAction
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db

COLUMNS = ("quarantined_at", "blurred_at", "trashed_at", "visibility", "published_at")


@pytest.fixture
def image(alice):
    image = make_image(alice)
    Image.objects.filter(pk=image.pk).update(visibility="public", published_at=image.created_at)
    image.refresh_from_db()
    return image


def decided(deed, actor):
    [row] = decide(deed=deed, images=Image.objects.all(), actor=actor).made.values()
    return row


def state(image):
    image.refresh_from_db()
    return [getattr(image, name) for name in COLUMNS]


@pytest.mark.parametrize("deed", ["hold", "blur", "private", "delete"])
def test_undoing_gives_back_what_was_taken(image, moderator, deed):
    before = state(image)
    decision = decided(deed, moderator)
    assert state(image) != before
    row = undo(decision=decision, actor=moderator)
    assert state(image) == before
    assert (row.deed, row.undoes, row.person_name) == ("restore", decision, "alice")
    assert not ModerationAction.objects.standing().exists()
    assert AuditEvent.objects.get(action="moderation.undone").detail["decision"] == decision.pk
    with pytest.raises(NotUndoable, match="undone before"):
        undo(decision=decision, actor=moderator)


def test_what_was_changed_since_stays(image, moderator):
    decision = decided("private", moderator)
    Image.objects.update(visibility="members")
    undo(decision=decision, actor=moderator)
    assert Image.objects.get().visibility == "members"


def test_the_last_decision_is_undone_first(image, moderator, root):
    hold, deletion = decided("hold", moderator), decided("delete", root)
    made, refused = undo_many(decisions=[hold], actor=moderator)
    assert (made, list(refused)) == ([], [hold.pk])
    assert "undo that one first" in refused[hold.pk]
    made, refused = undo_many(decisions=[deletion, hold], actor=moderator)
    assert (len(made), refused) == (2, {})
    assert Image.objects.viewable().kept().get() == image


def test_nothing_brings_back_what_is_gone(image, moderator):
    decision = decided("delete", moderator)
    Image.objects.all().delete()
    with pytest.raises(NotUndoable, match="deleted for good"):
        undo(decision=decision, actor=moderator)


def test_what_is_undone_is_not_undone_again_as_a_decision_of_its_own(image, moderator):
    row = undo(decision=decided("hold", moderator), actor=moderator)
    with pytest.raises(NotUndoable, match="cannot be undone"):
        undo(decision=row, actor=moderator)
