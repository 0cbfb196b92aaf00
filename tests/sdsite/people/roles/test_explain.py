"""What a person may do, and why."""

import pytest
from django.contrib.auth.models import Group, Permission

from sdsite.accounts.models import Role, User
from sdsite.people.roles.explain import explain_limits, explain_permissions
from tests.support.factories import make_checkpoint
from tests.support.limits import limit

pytestmark = pytest.mark.django_db


def permission(user, name):
    return next((one.value, one.because) for one in explain_permissions(user) if one.name == name)


def test_each_source_is_named(root, alice):
    assert permission(root, "accounts.manage_roles") == (True, ["superuser"])
    old = Group.objects.create(name="artists")
    old.permissions.add(Permission.objects.get(codename="moderate_image"))
    alice.groups.add(old)
    alice.user_permissions.add(Permission.objects.get(codename="decide_appeal"))
    assert permission(alice, "gallery.moderate_image") == (True, ["artists"])
    assert permission(alice, "gallery.decide_appeal") == (True, ["granted to this person"])
    assert permission(alice, "gallery.share_link") == (True, ["no role: as a member"])
    alice.groups.set([Role.objects.get(key="administrator").group])
    assert permission(alice, "accounts.manage_roles") == (True, ["Administrator"])


def test_what_a_suspended_person_had_counts_for_nothing(alice):
    User.objects.update(is_active=False)
    alice.refresh_from_db()
    assert permission(alice, "generation.submit_job") == (False, [])


def test_lists_of_several_roles_add_up(alice):
    first, second = (Group.objects.create(name=name) for name in ("a", "b"))
    alice.groups.add(first, second)
    limit(first, checkpoints=[make_checkpoint("one")], most_steps=9)
    limit(second, checkpoints=[make_checkpoint("two")], most_steps=9)
    found = {one.name: (one.value, one.because) for one in explain_limits(alice)}
    assert found["checkpoints"] == (["one", "two"], ["a", "b"])
    assert found["most_steps"] == (9, ["a", "b"])
    assert found["most_images"] == (None, ["a", "b"])
