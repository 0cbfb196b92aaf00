"""Roles of the site, as the migration makes them on a site that has groups already."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from sdsite.accounts.models import Role

pytestmark = pytest.mark.django_db
migration = import_module("sdsite.accounts.migrations.0012_shipped_roles")


def ticks(group):
    return set(group.permissions.values_list("codename", flat=True))


def test_groups_of_before_keep_their_names_and_permissions():
    migration.remove_roles(apps, None)
    theirs = Group.objects.create(name="moderator")
    theirs.permissions.add(Permission.objects.get(codename="view_checkpoint"))
    migration.make_roles(apps, None)
    assert ticks(theirs) == {"view_checkpoint"}
    made = Role.objects.get(key="moderator")
    assert (made.group.name, str(made)) == ("moderator (role)", "moderator (role)")
    assert str(Role.objects.get(key="member")) == "Member"


def test_who_moderated_moderates_on(bob, alice):
    delete = Permission.objects.get(codename="delete_image")
    theirs = Group.objects.create(name="team")
    theirs.permissions.add(delete)
    for one in (bob, alice):
        one.user_permissions.add(delete)
    migration.keep_moderators(apps, None)
    assert ticks(theirs) == {"delete_image", "moderate_image", "decide_appeal"}
    assert bob.has_perm("gallery.moderate_image")
    assert not alice.has_perm("gallery.moderate_image")  # never was staff
