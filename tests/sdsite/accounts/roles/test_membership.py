"""Who has which role."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from sdsite.accounts.models import AuditEvent, Role, User
from sdsite.accounts.roles.membership import administrators, assign_roles, join_as_member
from tests.support.at_once import while_locked
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    return {role.key: role.group for role in Role.objects.exclude(key=None)}


def test_roles_that_open_the_administration_make_staff(root, alice, groups):
    assert assign_roles(user=alice, groups=[groups["moderator"]], actor=root)
    assert User.objects.get(pk=alice.pk).is_staff
    assert assign_roles(user=alice, groups=[groups["member"]], actor=root)
    assert not User.objects.get(pk=alice.pk).is_staff
    assert not assign_roles(user=alice, groups=[groups["member"]], actor=root)
    said = [
        {"before": event.before, "after": event.after}
        for event in AuditEvent.objects.filter(action="user.roles_changed").order_by("pk")
    ]
    assert said == [{"before": [], "after": ["moderator"]}, {"before": ["moderator"], "after": ["member"]}]


def test_staff_of_before_stay_staff(root, bob, groups):
    assign_roles(user=bob, groups=[groups["trusted"]], actor=root)
    assert User.objects.get(pk=bob.pk).is_staff


def test_the_last_administrator_keeps_the_role(alice, charlie, groups):
    assign_roles(user=alice, groups=[groups["administrator"]], actor=alice)
    with pytest.raises(ValidationError, match="only administrator"):
        assign_roles(user=alice, groups=[], actor=alice)
    assert list(administrators()) == [alice]
    assign_roles(user=charlie, groups=[groups["administrator"]], actor=alice)
    assign_roles(user=alice, groups=[], actor=alice)
    assert list(administrators()) == [charlie]


def test_suspended_administrators_count_for_nothing(alice, groups):
    gone = make_user("gone", is_superuser=True, is_active=False)
    assign_roles(user=alice, groups=[groups["administrator"]], actor=gone)
    with pytest.raises(ValidationError, match="only administrator"):
        assign_roles(user=alice, groups=[], actor=alice)


def test_new_people_are_members_unless_they_have_a_role(alice, charlie, groups):
    charlie.groups.add(groups["trusted"])
    for one in (alice, charlie):
        join_as_member(one)
    assert [one.groups.get().name for one in (alice, charlie)] == ["member", "trusted"]


@pytest.mark.django_db(transaction=True)
def test_the_last_two_cannot_lose_the_role_at_once():
    group, _made = Group.objects.get_or_create(name="administrator")
    Role.objects.get_or_create(group=group, defaults={"key": "administrator", "opens_admin": True})
    alice, bob = make_user("alice"), make_user("bob")
    for one in (alice, bob):
        assign_roles(user=one, groups=[group], actor=one)

    with while_locked(lambda: assign_roles(user=bob, groups=[], actor=alice)) as outcome:
        assign_roles(user=alice, groups=[], actor=bob)
    assert isinstance(outcome[0], ValidationError)
    assert list(administrators()) == [bob]
