"""Deleting groups in the admin: in numbers, without leaving rules or the administration open."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from gallery.models import Rule
from sdsite.accounts.models import AuditEvent, Role, User

pytestmark = pytest.mark.django_db

GROUPS = reverse("admin:auth_group_changelist")


@pytest.fixture
def artists(alice):
    """A role that opens the administration, which Alice has."""
    group = Group.objects.create(name="artists")
    Role.objects.create(group=group, opens_admin=True)
    alice.groups.add(group)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    return group


def page_of(group):
    return reverse("admin:auth_group_delete", args=[group.pk])


@pytest.mark.parametrize("way", ["page", "list"])
def test_a_deletion_says_who_loses_it_and_closes_the_administration(as_root, root, artists, alice, act, way):
    asked = as_root.get(page_of(artists)) if way == "page" else act(as_root, GROUPS, "delete_selected", artists)
    assert "artists: 1 member" in asked.content.decode()
    assert Group.objects.filter(pk=artists.pk).exists()
    if way == "page":
        as_root.post(page_of(artists), {"post": "yes"})
    else:
        act(as_root, GROUPS, "delete_selected", artists, post="yes")
    assert not Group.objects.filter(pk=artists.pk).exists()
    assert not User.objects.get(pk=alice.pk).is_staff
    [event] = AuditEvent.objects.filter(action__in=["role.deleted", "group.deleted"])
    assert (event.actor, event.action, event.target) == (root, "role.deleted", "artists")


def test_what_rules_bind_and_what_comes_with_the_site_stays(as_root, artists):
    rule = Rule.objects.create(name="Words", scope="words", decision="hold")
    rule.roles.add(artists)
    member = Role.objects.get(key="member").group
    for group, words in ((artists, "artists: 1 rule would bind everybody without it"), (member, "comes with the site")):
        assert words in as_root.get(page_of(group)).content.decode()
        as_root.post(page_of(group), {"post": "yes"})
        assert Group.objects.filter(pk=group.pk).exists()


def test_the_page_of_a_group_leads_to_the_matrix(as_root, artists):
    matrix = reverse("admin:accounts_role_changelist")
    assert f'href="{matrix}"' in as_root.get(reverse("admin:auth_group_change", args=[artists.pk])).content.decode()
