"""Removal of a person: what is counted, what goes, and when."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.models import Image, Upload
from generation.models import Job
from sdsite.accounts.leaving.deletion import ask_deletion, keep_account
from sdsite.accounts.models import AuditEvent, User
from sdsite.people import removal
from tests.support.factories import make_image, make_user
from tests.support.images import upload_of

pytestmark = pytest.mark.usefixtures("own_media")
LATER = timezone.now() + timedelta(days=8)


@pytest.fixture
def leaving(job, alice, charlie):
    """Alice, who has a job, two images and an upload, and wants to leave; Charlie has an image."""
    upload_of(alice)
    make_image(charlie)
    return alice


def test_what_a_person_has_is_counted(leaving):
    counts = removal.count_belongings(leaving)
    assert {name: counts[name] for name in ("images", "jobs", "unfinished", "uploads", "keys")} == {
        "images": 2,
        "jobs": 1,
        "unfinished": 1,
        "uploads": 1,
        "keys": 0,
    }
    assert counts["bytes"] > 0


def test_nobody_is_removed_within_the_grace_time(leaving):
    ask_deletion(user=leaving)
    assert removal.remove_due(LATER - timedelta(days=2)) == 0
    assert User.objects.filter(username="alice").exists()


def test_afterwards_all_goes_with_the_files_and_what_others_have_stays(leaving, django_capture_on_commit_callbacks):
    names = [name for image in Image.objects.owned_by(leaving) for name in image.files]
    names += [name for upload in Upload.objects.all() for name in upload.files]
    ask_deletion(user=leaving)
    with django_capture_on_commit_callbacks(execute=True):
        assert removal.remove_due(LATER) == 1
    assert not User.objects.filter(username="alice").exists()
    assert not Job.objects.exists()
    assert not [name for name in names if default_storage.exists(name)]
    assert Image.objects.get().owner.username == "charlie"
    event = AuditEvent.objects.get(action="user.left")
    assert (event.target, event.detail) == ("alice", {"images": 2, "jobs": 1})


def test_who_came_back_is_not_removed(leaving):
    ask_deletion(user=leaving)
    keep_account(user=leaving, actor=leaving)
    assert removal.remove_due(LATER) == 0


def test_one_that_fails_does_not_hold_up_the_others(alice, charlie, monkeypatch):
    real = removal.remove_person

    def failing(user, *, actor):
        if user == alice:
            raise OSError
        real(user, actor=actor)

    for person in (alice, charlie):
        ask_deletion(user=person)
    monkeypatch.setattr(removal, "remove_person", failing)
    assert removal.remove_due(LATER) == 1
    assert list(User.objects.all()) == [alice]


def test_the_last_administrator_is_not_removed(root):
    with pytest.raises(ValidationError, match="only administrator"):
        removal.remove_person(root, actor=None)
    make_user("second", is_superuser=True)
    removal.remove_person(root, actor=None)
    assert not User.objects.filter(pk=root.pk).exists()
