"""Roles under /api/v1/admin: list, create, change."""

import pytest

from generation.limits import get_limits
from sdsite.accounts.models import Role
from sdsite.accounts.roles.backend import may
from sdsite.accounts.roles.deeds import SHIPPED
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(root):
    """A client with a key of an administrator's."""
    return knocking_as(root, "admin")


def test_a_role_is_created_read_and_changed(admin, alice, checkpoint):
    body = {"name": "artists", "permissions": ["generation.submit_job"], "limits": {"most_images": 4}}
    response = admin.api("POST", "/admin/roles", body)
    assert response.status_code == 201, response.content
    made = response.json()
    assert (made["is_role"], made["key"], made["limits"]["most_images"]) == (True, None, 4)
    path = f"/admin/roles/{made['id']}"
    assert response["Location"] == f"/api/v1{path}"
    alice.groups.add(made["id"])
    assert (may(alice, "generation.submit_job"), may(alice, "gallery.publish_image")) == (True, False)
    changed = admin.api("PATCH", path, {"name": "painters", "permissions": ["gallery.publish_image"]}).json()
    assert (changed["name"], changed["members"], changed["limits"]["most_images"]) == ("painters", 1, 4)
    assert (may(alice, "generation.submit_job"), may(alice, "gallery.publish_image")) == (False, True)
    assert admin.api("PATCH", path, {"limits": None}).json()["limits"] is None
    assert [one["name"] for one in admin.api("GET", "/admin/roles").json()["items"]] == [*SHIPPED, "painters"]
    assert admin.api("GET", path).json() == admin.api("GET", "/admin/roles").json()["items"][-1]


def test_a_second_factor_is_asked_for(admin, alice):
    made = admin.api("POST", "/admin/roles", {"name": "artists", "second_factor": True}).json()
    alice.groups.add(made["id"])
    alice.refresh_from_db()
    assert (made["second_factor"], alice.second_factor_due) == (True, True)
    path = f"/admin/roles/{made['id']}"
    assert admin.api("PATCH", path, {"name": "painters"}).json()["second_factor"] is True
    assert admin.api("PATCH", path, {"second_factor": False}).json()["second_factor"] is False
    alice.refresh_from_db()
    assert not alice.second_factor_due


def test_limits_of_everybody_else(admin, alice):
    answer = admin.api("PUT", "/admin/roles/everybody-else", {"limits": {"most_queued": 3}})
    assert answer.json()["everybody_else"]["most_queued"] == 3
    assert get_limits(alice.pk).most_queued == 3
    assert admin.api("PUT", "/admin/roles/everybody-else", {"limits": None}).json()["everybody_else"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "member"}, "name"),
        ({"permissions": ["auth.delete_user"]}, "permissions.0"),
        ({"limits": {"most_images": -1}}, "limits.most_images"),
        ({"limits": {"checkpoints": ["nowhere"]}}, "checkpoints"),
        ({"limits": {"tasks": ["dance"]}}, "limits.tasks.0"),
        ({"limits": {"most_cats": 1}}, "limits.most_cats"),
    ],
)
def test_values_that_are_none_change_nothing(admin, change, field):
    trusted = Role.objects.get(key="trusted")
    path = f"/admin/roles/{trusted.pk}"
    before = admin.api("GET", path).json()
    assert field in error_of(admin.api("PATCH", path, change), 422, "invalid_parameters")
    assert admin.api("GET", path).json() == before


def test_administrators_keep_everything(admin):
    path = f"/admin/roles/{Role.objects.get(key='administrator').pk}"
    assert admin.api("PATCH", path, {"permissions": []}).status_code == 422
    assert admin.api("PATCH", path, {"opens_admin": False}).status_code == 422


def test_only_those_who_manage_roles(alice):
    moderator = make_user("m", is_staff=True)
    moderator.groups.add(Role.objects.get(key="moderator").group)
    client = knocking_as(moderator, "admin")
    for method, path, body in (
        ("GET", "/admin/roles", None),
        ("POST", "/admin/roles", {"name": "mine"}),
        ("PUT", "/admin/roles/everybody-else", {"limits": None}),
        ("PATCH", "/admin/roles/1", {"name": "mine"}),
    ):
        error_of(client.api(method, path, body), 403, "not_allowed")
