"""Announcements of changes to images."""

import uuid

import pytest

from gallery.actions import changes
from gallery.actions.changes import announce

pytestmark = pytest.mark.django_db


def test_many_images_are_announced_without_their_ids_and_none_not_at_all(
    monkeypatch, django_capture_on_commit_callbacks
):
    heard = []
    monkeypatch.setattr(changes, "listeners", [heard.append])
    monkeypatch.setattr(changes, "MOST_IDS", 2)
    few = [uuid.uuid4(), uuid.uuid4()]
    with django_capture_on_commit_callbacks(execute=True):
        announce(1, "trash", few)
        announce(1, "trash", [*few, uuid.uuid4()])
        announce(1, "trash", [])
        assert heard == [], "nothing before the commit"
    assert [one.ids for one in heard] == [[str(pk) for pk in few], None]
