"""The user and API key of a request, and what the key narrows."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from gallery.models import Image
from generation.limits import limits_for
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.authentication import authenticate_request_key
from sdsite.accounts.credentials import Credentials, get_credentials
from tests.support.factories import make_checkpoint, make_image, make_user

pytestmark = pytest.mark.django_db


def test_a_key_brings_its_owner_and_itself(rf, alice):
    row, whole = create_key(owner=alice, name="laptop", scopes=["read"])
    request = rf.get("/", headers={"X-API-Key": whole})
    request.user = AnonymousUser()
    authenticate_request_key(request)
    assert get_credentials(request) == Credentials(alice, row)


def test_a_session_has_no_key(rf, alice):
    request = rf.get("/")
    request.user = alice
    assert get_credentials(request) == Credentials(alice)


def test_limits_are_narrowed_by_the_key_alone(alice):
    make_checkpoint("one")
    make_checkpoint("two")
    row, _ = create_key(owner=alice, name="bot", scopes=["generate"], checkpoints=["two"], seconds_a_day=60)
    narrowed = limits_for(Credentials(alice, row))
    assert (narrowed.checkpoints, narrowed.key_id, narrowed.key_seconds_a_day) == (frozenset({"two"}), row.pk, 60)
    free = limits_for(Credentials(alice))
    assert (free.checkpoints, free.key_id, free.key_seconds_a_day) == (None, None, None)


def test_a_moderators_key_without_the_scope_sees_only_own_images(alice):
    image = make_image(alice)
    moderator = make_user("moderator", is_staff=True)
    moderator.user_permissions.add(*Permission.objects.filter(codename__in=["view_image", "delete_image"]))
    reading, _ = create_key(owner=moderator, name="reader", scopes=["read"])
    moderating, _ = create_key(owner=moderator, name="moderator", scopes=["read", "moderate"])
    for credentials, seen in (
        (Credentials(moderator), [image]),
        (Credentials(moderator, moderating), [image]),
        (Credentials(moderator, reading), []),
    ):
        assert list(Image.objects.visible_to(credentials)) == seen
