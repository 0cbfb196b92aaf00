"""The matrix of roles in the admin."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from generation.limits import get_limits
from sdsite.accounts.models import AuditEvent, Role, User
from sdsite.accounts.roles.backend import may
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user
from tests.support.form_fields import fields_of

pytestmark = pytest.mark.django_db

MATRIX = reverse("admin:accounts_role_changelist")
SUBMIT = "generation.submit_job"


@pytest.fixture
def member():
    return Role.objects.get(key="member").group


def page_of(client):
    """Return the fields of the page as a browser would send them."""
    response = client.get(MATRIX)
    assert response.status_code == 200
    return fields_of(response.content.decode(), "matrix")


def save(client, fields):
    return client.post(MATRIX, fields, follow=True)


def test_a_tick_is_taken_away_and_the_audit_log_says_so(as_root, root, alice, member):
    fields = page_of(as_root)
    fields[f"p:{member.pk}"].remove(SUBMIT)
    assert "The roles were saved." in save(as_root, fields).content.decode()
    assert not may(alice, SUBMIT)
    event = AuditEvent.objects.get(action="roles.changed")
    assert (event.actor, event.target) == (root, "member")
    assert set(event.before["member"]["permissions"]) - set(event.after["member"]["permissions"]) == {SUBMIT}


def test_saving_the_page_as_it_is_changes_nothing(as_root):
    before = list(Group.objects.values_list("name", "permissions"))
    save(as_root, page_of(as_root))
    assert list(Group.objects.values_list("name", "permissions")) == before
    assert not AuditEvent.objects.exists()


def test_a_second_factor_is_asked_for_and_no_longer(as_root, alice):
    trusted = Role.objects.get(key="trusted").group
    alice.groups.add(trusted)
    fields = page_of(as_root)
    assert f"factor:{trusted.pk}" not in fields
    save(as_root, fields | {f"factor:{trusted.pk}": ["on"]})
    assert User.objects.get(pk=alice.pk).second_factor_due
    event = AuditEvent.objects.get(action="roles.changed")
    assert (event.before["trusted"], event.after["trusted"]) == ({"second_factor": False}, {"second_factor": True})
    fields = page_of(as_root)
    assert fields.pop(f"factor:{trusted.pk}") == ["on"]
    save(as_root, fields)
    assert not User.objects.get(pk=alice.pk).second_factor_due


def test_administrators_too_are_asked_for_a_second_factor(as_root, root):
    administrator = Role.objects.get(key="administrator")
    save(as_root, page_of(as_root) | {f"factor:{administrator.pk}": ["on"]})
    assert User.objects.get(pk=root.pk).second_factor_due


def test_the_page_of_a_group_leads_to_the_matrix(as_root, member):
    assert f'href="{MATRIX}"' in as_root.get(reverse("admin:auth_group_change", args=[member.pk])).content.decode()


def test_limits_are_set_and_taken_back(as_root, alice, member, checkpoint):
    alice.groups.add(member)
    fields = page_of(as_root)
    fields |= {f"own:{member.pk}": ["on"], f"n:{member.pk}:most_images": ["4"], f"n:{member.pk}:weight": ["2.5"]}
    fields |= {f"c:{member.pk}:checkpoints": ["starter"], f"c:{member.pk}:tasks": ["upscale"]}
    save(as_root, fields)
    limits = get_limits(alice.pk)
    assert (limits.most_images, limits.weight, limits.most_steps) == (4, 2.5, None)
    assert (limits.checkpoints, limits.tasks) == ({"starter"}, {"upscale"})
    again = page_of(as_root)
    assert again[f"n:{member.pk}:most_images"] == ["4"]
    assert again[f"c:{member.pk}:tasks"] == ["upscale"]
    del again[f"own:{member.pk}"]
    save(as_root, again)
    assert get_limits(alice.pk).most_images is None


def test_limits_of_everybody_else(as_root, alice):
    save(as_root, page_of(as_root) | {"own:else": ["on"], "n:else:most_queued": ["3"]})
    assert get_limits(alice.pk).most_queued == 3


@pytest.mark.parametrize("value", ["-1", "many", "1e99", "3000000000", "1.5"])
def test_a_number_that_is_none_saves_nothing_and_is_shown_again(as_root, member, value):
    fields = page_of(as_root)
    fields |= {f"own:{member.pk}": ["on"], f"n:{member.pk}:most_images": [value]}
    fields[f"p:{member.pk}"] = []
    response = save(as_root, fields)
    assert response.status_code == 422
    assert "Member, Most images:" in response.content.decode()
    assert f'value="{value}"' in response.content.decode()
    assert member.permissions.exists()


def test_the_role_of_administrators_keeps_everything(as_root, alice):
    administrator = Role.objects.get(key="administrator")
    alice.groups.add(administrator.group)
    fields = page_of(as_root)
    fields |= {f"p:{administrator.pk}": [], f"opens:{administrator.pk}": []}
    save(as_root, fields)
    assert may(alice, "accounts.manage_roles")
    assert Role.objects.get(key="administrator").opens_admin


def test_a_page_that_is_older_than_a_change_saves_nothing(as_root, member):
    first, second = page_of(as_root), page_of(as_root)
    first[f"p:{member.pk}"].remove(SUBMIT)
    save(as_root, first)
    second[f"p:{member.pk}"].append("gallery.moderate_image")
    assert "Somebody changed the roles meanwhile" in save(as_root, second).content.decode()
    codenames = set(member.permissions.values_list("codename", flat=True))
    assert not codenames & {"submit_job", "moderate_image"}


def test_a_new_role_opens_the_administration_to_its_members(as_root, alice):
    as_root.post(MATRIX, {"new": "1", "name": "  helpers "})
    group = Group.objects.get(name="helpers")
    alice.groups.add(group)
    assert not may(alice, SUBMIT)
    fields = page_of(as_root)
    fields |= {f"opens:{group.pk}": ["on"], f"p:{group.pk}": ["gallery.moderate_image"]}
    save(as_root, fields)
    assert User.objects.get(pk=alice.pk).is_staff
    assert may(alice, "gallery.moderate_image")
    fields = page_of(as_root)
    del fields[f"opens:{group.pk}"]
    save(as_root, fields)
    assert not User.objects.get(pk=alice.pk).is_staff


@pytest.mark.parametrize("name", ["", "x" * 151, "member", "a\x00b"])
def test_a_name_that_is_none_makes_no_role(as_root, name):
    assert as_root.post(MATRIX, {"new": "1", "name": name}).status_code == 422
    assert Role.objects.count() == 4


def test_a_group_of_before_becomes_a_role_by_its_tick(as_root, alice):
    old = Group.objects.create(name="artists")
    alice.groups.add(old)
    fields = page_of(as_root)
    save(as_root, fields | {f"p:{old.pk}": [SUBMIT]})
    assert not Role.objects.filter(group=old).exists()
    save(as_root, page_of(as_root) | {f"role:{old.pk}": ["on"], f"p:{old.pk}": [SUBMIT]})
    assert may(alice, SUBMIT)
    assert not may(alice, "gallery.publish_image")


def test_only_those_who_manage_roles_see_it(bob, alice):
    moderator = make_user("m", is_staff=True)
    moderator.groups.add(Role.objects.get(key="moderator").group)
    for person in (bob, alice, moderator):
        assert client_of(person).get(MATRIX).status_code in (302, 403)
        assert client_of(person).post(MATRIX, {"new": "1", "name": "mine"}).status_code in (302, 403)
    assert Role.objects.count() == 4
