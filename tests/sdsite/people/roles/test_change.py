"""Changing roles."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from generation.models import RoleLimits
from sdsite.accounts.models import AuditEvent, Role
from sdsite.people.roles.change import RoleChange, change_roles, create_role
from sdsite.people.roles.state import RoleLimitsState

pytestmark = pytest.mark.django_db


@pytest.fixture
def trusted():
    return Role.objects.get(key="trusted").group


def test_one_entry_has_what_changed_and_nothing_else(root, trusted):
    first, second = RoleLimitsState(most_images=4, most_steps=20), RoleLimitsState(most_images=8, most_steps=20)
    assert change_roles({trusted.pk: RoleChange(limits=first), None: RoleChange(limits=first)}, actor=root)
    assert change_roles({trusted.pk: RoleChange(limits=second)}, actor=root)
    assert not change_roles({trusted.pk: RoleChange(limits=second)}, actor=root)
    last, both = AuditEvent.objects.filter(action="roles.changed").order_by("-pk")
    assert (last.before, last.after) == (
        {"trusted": {"limits": {"most_images": 4}}},
        {"trusted": {"limits": {"most_images": 8}}},
    )
    assert set(both.after) == {"trusted", "everybody else"}


def test_an_unknown_slug_changes_nothing(root, trusted):
    wrong = RoleLimitsState(most_images=4, checkpoints=["nowhere"])
    with pytest.raises(ValidationError, match="nowhere"):
        change_roles({None: RoleChange(limits=RoleLimitsState()), trusted.pk: RoleChange(limits=wrong)}, actor=root)
    assert not RoleLimits.objects.exists()


def test_the_role_of_administrators_loses_nothing(root):
    administrator = Role.objects.get(key="administrator").group
    for change in (RoleChange(permissions=[]), RoleChange(opens_admin=False)):
        with pytest.raises(ValidationError, match="Administrators may do everything"):
            change_roles({administrator.pk: change}, actor=root)


def test_a_role_is_created_with_all_it_has(root, checkpoint):
    limits = RoleLimitsState(checkpoints=["starter"])
    made = create_role(name="helpers", change=RoleChange(permissions=["gallery.share_link"], limits=limits), actor=root)
    assert list(made.permissions.values_list("codename", flat=True)) == ["share_link"]
    assert AuditEvent.objects.get(action="role.created").after["limits"]["checkpoints"] == ["starter"]
    with pytest.raises(ValidationError, match="already"):
        create_role(name="helpers", change=RoleChange(), actor=root)


def test_renaming_and_permissions_beyond_deeds_stay(root, trusted):
    old = Group.objects.create(name="artists")
    change_roles({old.pk: RoleChange(name="painters")}, actor=root)
    old.refresh_from_db()
    assert old.name == "painters"
    assert not Role.objects.filter(group=old).exists()
