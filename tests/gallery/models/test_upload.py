"""Uploads: who sees which, how many bytes they take, which were not used for long."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.utils import timezone

from gallery.actions.uploads import store_upload
from gallery.models import Upload
from sdsite.accounts.credentials import Credentials
from tests.support.clients.api_client import make_key
from tests.support.images import encoded, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploads(alice, charlie):
    """Two uploads of Alice's and one of Charlie's."""
    return [
        store_upload(owner=alice, data=encoded(picture("red"))),
        store_upload(owner=alice, data=encoded(picture("blue"))),
        store_upload(owner=charlie, data=encoded(picture("red"))),
    ]


def seen_by(user, key=None):
    return set(Upload.objects.visible_to(Credentials(user, key)))


def test_users_see_their_own(uploads, alice, charlie, bob):
    assert seen_by(alice) == set(uploads[:2])
    assert seen_by(charlie) == {uploads[2]}
    assert seen_by(bob) == seen_by(AnonymousUser()) == set()


def test_a_moderator_sees_all_by_session_and_by_a_key_that_may_moderate(uploads, bob):
    bob.user_permissions.add(Permission.objects.get(codename="view_upload"))
    assert seen_by(bob) == set(uploads)
    assert seen_by(bob, make_key(bob, "read")[0]) == set()


def test_bytes_are_those_of_the_files_once_each(uploads, alice, bob):
    assert Upload.objects.owned_by(alice).bytes_stored() == sum(upload.size_bytes for upload in uploads[:2]) > 0
    store_upload(owner=alice, data=encoded(picture("red")))
    assert Upload.objects.owned_by(alice).bytes_stored() == sum(upload.size_bytes for upload in uploads[:2])
    assert Upload.objects.owned_by(bob).bytes_stored() == 0


def test_those_that_were_not_used_for_long_are_found(uploads):
    now = timezone.now()
    Upload.objects.filter(pk=uploads[0].pk).update(last_used_at=now - timedelta(days=9))
    assert list(Upload.objects.unused_since(now - timedelta(days=8))) == [uploads[0]]


def test_a_job_names_it_by_its_reference(uploads):
    assert uploads[0].reference == f"upload:{uploads[0].pk}"
    assert uploads[0].download_name.endswith(".png")
