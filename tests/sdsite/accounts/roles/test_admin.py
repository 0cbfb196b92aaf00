"""Roles in the admin of users and groups."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from sdsite.accounts.models import Role, Suspension, User
from tests.support.clients.logged_in import client_of

pytestmark = pytest.mark.django_db

GROUPS = reverse("admin:auth_group_changelist")


def form_of(user, **changes):
    fields = {"username": user.username, "email": user.email, "is_active": "on", **changes}
    return {name: value for name, value in fields.items() if value is not None}


def save(client, user, **changes):
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), form_of(user, **changes))


@pytest.fixture
def groups():
    return {role.key: role.group for role in Role.objects.exclude(key=None)}


def test_a_role_that_opens_the_administration_makes_staff(as_root, alice, groups):
    assert save(as_root, alice, groups=[groups["moderator"].pk]).status_code == 302
    assert User.objects.get(pk=alice.pk).is_staff
    save(as_root, alice, groups=[groups["member"].pk], is_staff="on")
    assert not User.objects.get(pk=alice.pk).is_staff


@pytest.mark.parametrize("change", [{"is_active": None}, {"is_superuser": None}])
def test_the_last_administrator_cannot_untick_themselves(as_root, root, change):
    response = save(as_root, root, **{"is_superuser": "on", "is_staff": "on", **change})
    assert response.status_code == 200
    assert "This is the only administrator" in response.content.decode()
    root.refresh_from_db()
    assert (root.is_active, root.is_superuser) == (True, True)


def test_another_administrator_by_role_lets_them_go(as_root, root, alice, groups):
    alice.groups.add(groups["administrator"])
    assert save(as_root, root, is_staff="on").status_code == 302
    assert not User.objects.get(pk=root.pk).is_superuser


def test_new_people_are_members(as_root, groups):
    password = "a long and winding road"
    fields = {"username": "dora", "password1": password, "password2": password, "usable_password": "true"}
    as_root.post(reverse("admin:accounts_user_add"), fields)
    assert list(User.objects.get(username="dora").groups.all()) == [groups["member"]]


def test_letting_somebody_in_ends_their_suspension_for_good(as_root, alice):
    Suspension.objects.create(user=alice, until=timezone.now())
    User.objects.filter(pk=alice.pk).update(is_active=False)
    save(as_root, alice)
    assert User.objects.get(pk=alice.pk).is_active
    assert not Suspension.objects.exists()


def test_roles_of_the_site_are_not_deleted(as_root, groups, act):
    own = Group.objects.create(name="artists")
    as_root.post(reverse("admin:auth_group_delete", args=[groups["administrator"].pk]), {"post": "yes"})
    act(as_root, GROUPS, "delete_selected", groups["member"], own, post="yes")
    assert set(Group.objects.values_list("name", flat=True)) >= {"administrator", "member", "artists"}
    as_root.post(reverse("admin:auth_group_delete", args=[own.pk]), {"post": "yes"})
    assert not Group.objects.filter(name="artists").exists()


def test_who_left_while_suspended_does_not_come_back_by_logging_in(alice, root):
    from sdsite.accounts.leaving.deletion import ask_deletion, keep_account
    from sdsite.accounts.roles.suspension import suspend

    ask_deletion(user=alice)
    suspend(user=alice, until=None, reason="", actor=root)
    assert not keep_account(user=alice, actor=alice)
    assert client_of(alice).get("/settings/").status_code == 302
