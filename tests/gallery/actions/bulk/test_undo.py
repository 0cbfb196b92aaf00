"""Records of actions: for how long, how many, whose, and undone once."""

import uuid

import pytest
from django.utils import timezone

from gallery.actions.bulk import undo
from gallery.actions.bulk.run import run_action, undo_action
from gallery.actions.bulk.undo import UndoExpired, drop_expired
from gallery.models import Image, Undo, UndoPart
from gallery.models.undo import UNDO_FOR
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(alice):
    return run_action(owner=alice, action="trash", ids=[make_image(alice).pk])


def test_a_second_undo_is_harmless(alice, done):
    assert undo_action(owner=alice, token=done.undo).images == 1
    run_action(owner=alice, action="trash", ids=list(Image.objects.values_list("pk", flat=True)))
    assert undo_action(owner=alice, token=done.undo).images == 0
    assert Image.objects.trashed().count() == 1


def test_another_persons_record_is_none(charlie, done):
    with pytest.raises(UndoExpired):
        undo_action(owner=charlie, token=done.undo)
    assert Image.objects.trashed().count() == 1


def test_after_ten_minutes_there_is_nothing_to_undo(alice, done):
    Undo.objects.update(created_at=timezone.now() - UNDO_FOR)
    with pytest.raises(UndoExpired):
        undo_action(owner=alice, token=done.undo)
    assert drop_expired() == 1
    assert not UndoPart.objects.exists()
    assert drop_expired() == 0


def test_records_of_one_person_are_bounded(alice, charlie, done, monkeypatch):
    monkeypatch.setattr(undo, "MOST_RECORDS", 2)
    other = run_action(owner=charlie, action="trash", ids=[make_image(charlie).pk])
    for value in (1, 2):
        run_action(owner=alice, action="rate", value=value, ids=[make_image(alice).pk])
    assert list(Undo.objects.owned_by(alice).order_by("created_at").values_list("after", flat=True)) == [
        {"rating": 1},
        {"rating": 2},
    ]
    assert undo_action(owner=charlie, token=other.undo).images == 1


def test_an_image_that_was_deleted_meanwhile_does_not_come_back(alice, done):
    Image.objects.all().delete()
    assert undo_action(owner=alice, token=done.undo).images == 0


def test_an_unknown_token_says_why(alice):
    with pytest.raises(UndoExpired, match="can no longer be undone"):
        undo_action(owner=alice, token=uuid.uuid4())
