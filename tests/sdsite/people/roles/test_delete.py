"""Deleting roles by API: what holds them, and what moves."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from gallery.models import Rule
from sdsite.accounts.models import AuditEvent, IdentityProvider, Invitation, ProviderRole, Role, SecondFactorRole, User
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(root):
    """A client with a key of an administrator's."""
    return knocking_as(root, "admin")


@pytest.fixture
def artists(admin):
    """The id of a role that opens the administration and has limits."""
    body = {"name": "artists", "opens_admin": True, "limits": {"most_images": 4}}
    return admin.api("POST", "/admin/roles", body).json()["id"]


def delete(admin, role, query=""):
    return admin.api("DELETE", f"/admin/roles/{role}{query}")


def test_a_role_that_nothing_uses_is_deleted_with_its_limits(admin, artists, root):
    assert delete(admin, artists).status_code == 204
    assert not Group.objects.filter(pk=artists).exists()
    event = AuditEvent.objects.get(action="role.deleted")
    assert (event.actor, event.target, event.before["limits"]["most_images"]) == (root, "artists", 4)
    error_of(delete(admin, artists), 404, "not_found")


@pytest.mark.parametrize("key", ["member", "trusted", "moderator", "administrator"])
def test_the_roles_of_the_site_stay(admin, key):
    role = Role.objects.get(key=key)
    error_of(delete(admin, role.pk), 409, "role_kept")
    assert Role.objects.filter(pk=role.pk).exists()


def test_one_in_use_is_kept_and_says_by_how_many(admin, artists, alice, bob):
    for person in (alice, bob):
        person.groups.add(artists)
    Invitation.objects.create(digest="0" * 64, role_id=artists, expires_at=timezone.now() + timedelta(days=1))
    fields = error_of(delete(admin, artists), 409, "role_kept")
    assert fields == {"members": "2 members", "invitations": "1 invitation"}
    assert Group.objects.filter(pk=artists).exists()


def test_another_role_takes_its_place(admin, artists, alice, bob, root):
    trusted = Role.objects.get(key="trusted").group
    alice.groups.add(artists)
    bob.groups.add(artists, trusted)
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(is_staff=True)
    invitation = Invitation.objects.create(digest="0" * 64, role_id=artists, expires_at=timezone.now())
    provider = IdentityProvider.objects.create(name="Works", slug="works", server_url="https://example.org")
    for group in (artists, trusted.pk):
        ProviderRole.objects.create(provider=provider, value="both", group_id=group)
    ProviderRole.objects.create(provider=provider, value="one", group_id=artists)
    SecondFactorRole.objects.create(group=trusted)
    assert delete(admin, artists, f"?move_to={trusted.pk}").status_code == 204
    for person in (alice, bob):
        person.refresh_from_db()
        assert [group.name for group in person.groups.all()] == ["trusted"]
        assert (person.is_staff, person.second_factor_due) == (False, True)
    invitation.refresh_from_db()
    assert invitation.role == trusted
    assert sorted(provider.roles.values_list("value", "group__name")) == [("both", "trusted"), ("one", "trusted")]
    assert AuditEvent.objects.get(action="role.deleted").detail == {"moved_to": "trusted", "members": 2}


def test_who_sees_the_administration_by_the_other_role_goes_on(admin, artists, alice):
    alice.groups.add(artists)
    moderator = Role.objects.get(key="moderator")
    assert delete(admin, artists, f"?move_to={moderator.pk}").status_code == 204
    assert User.objects.get(pk=alice.pk).is_staff


def test_one_that_rules_bind_stays_because_they_would_bind_everybody(admin, artists):
    rule = Rule.objects.create(name="Words", scope="words", decision="hold")
    rule.roles.add(artists)
    fields = error_of(delete(admin, artists, f"?move_to={Role.objects.get(key='member').pk}"), 409, "role_kept")
    assert fields == {"rules": "1 rule"}
    assert list(rule.roles.values_list("pk", flat=True)) == [artists]


@pytest.mark.parametrize("value", ["itself", "0", "x", "99999999", "99999999999999999999"])
def test_a_place_that_is_none_deletes_nothing(admin, artists, value):
    query = f"?move_to={artists if value == 'itself' else value}"
    assert error_of(delete(admin, artists, query), 422, "invalid_parameters").keys() == {"move_to"}
    assert Group.objects.filter(pk=artists).exists()


def test_only_those_who_manage_roles(artists):
    moderator = make_user("m", is_staff=True)
    moderator.groups.add(Role.objects.get(key="moderator").group)
    error_of(delete(knocking_as(moderator, "admin"), artists), 403, "not_allowed")
