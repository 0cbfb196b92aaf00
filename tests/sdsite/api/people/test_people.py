"""People under /api/v1/admin: lists, reasons, roles, suspension."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import AuditEvent, Role, User
from tests.support.clients.api_client import error_of, knocking_as, make_key
from tests.support.factories import make_user
from tests.support.limits import limit

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(root):
    """A client with a key of an administrator's."""
    return knocking_as(root, "admin")


@pytest.fixture
def groups():
    return {role.key: role.group for role in Role.objects.exclude(key=None)}


def with_role(name, group):
    user = make_user(name, is_staff=True)
    user.groups.add(group)
    return user


def reasons(answer, part):
    return {one["name"]: (one["value"], one["because"]) for one in answer[part]}


def test_people_are_found_by_name_role_and_state(admin, alice, charlie, root, groups):
    charlie.groups.add(groups["trusted"])

    def names(query=""):
        return [one["username"] for one in admin.api("GET", f"/admin/people{query}").json()["items"]]

    assert set(names()) == {"alice", "charlie", "root"}
    assert names("?q=LIC") == ["alice"]
    assert names("?role=trusted") == ["charlie"]
    admin.api("PUT", f"/admin/people/{alice.pk}/suspension", {"reason": "spam"})
    assert (names("?state=suspended"), set(names("?state=active"))) == (["alice"], {"charlie", "root"})
    first = admin.api("GET", "/admin/people?limit=2").json()
    rest = admin.api("GET", f"/admin/people?limit=2&cursor={first['next']}").json()
    assert len({one["id"] for one in [*first["items"], *rest["items"]]}) == 3


def test_a_list_costs_the_same_for_more_people(admin, alice, charlie, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        admin.api("GET", "/admin/people")


def test_what_a_person_may_do_and_why(admin, alice, groups):
    limit(most_images=2)
    told = admin.api("GET", f"/admin/people/{alice.pk}").json()
    assert reasons(told, "permissions")["generation.submit_job"] == (True, ["no role: as a member"])
    assert reasons(told, "permissions")["gallery.moderate_image"] == (False, [])
    assert reasons(told, "limits")["most_images"] == (2, ["everybody else"])
    alice.groups.set([groups["trusted"], groups["moderator"]])
    limit(groups["trusted"], most_images=4)
    limit(groups["moderator"], most_images=8)
    told = admin.api("GET", f"/admin/people/{alice.pk}").json()
    assert reasons(told, "permissions")["generation.submit_job"] == (True, ["Moderator", "Trusted"])
    assert reasons(told, "permissions")["gallery.moderate_image"] == (True, ["Moderator"])
    assert reasons(told, "limits")["most_images"] == (8, ["Moderator"])


def test_roles_are_set_and_the_last_administrator_stays(admin, root, alice, groups):
    changed = admin.api("PATCH", f"/admin/people/{alice.pk}", {"roles": ["administrator"]}).json()
    assert (changed["roles"], changed["is_staff"]) == (["administrator"], True)
    assert AuditEvent.objects.get(action="user.roles_changed").after == ["administrator"]
    User.objects.filter(pk=root.pk).update(is_active=False)
    own = knocking_as(User.objects.get(pk=alice.pk), "admin")
    fields = error_of(own.api("PATCH", f"/admin/people/{alice.pk}", {"roles": []}), 422, "invalid_parameters")
    assert "only administrator" in fields["roles"]
    fields = error_of(own.api("PATCH", f"/admin/people/{alice.pk}", {"roles": ["kings"]}), 422, "invalid_parameters")
    assert "kings" in fields["roles"]
    error_of(own.api("PUT", f"/admin/people/{alice.pk}/suspension", {}), 422, "invalid_parameters")


def test_a_suspension_has_an_end_and_a_reason_and_is_ended(admin, alice):
    _, key = make_key(alice)
    until = (timezone.now() + timedelta(days=7)).isoformat()
    told = admin.api("PUT", f"/admin/people/{alice.pk}/suspension", {"until": until, "reason": "spam"}).json()
    assert (told["is_active"], told["suspension"]["reason"], told["suspension"]["by"]) == (False, "spam", "root")
    assert knocking_as(User.objects.get(username="root"), "admin").api("GET", "/me").status_code == 200
    assert admin.api("GET", "/me", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    told = admin.api("DELETE", f"/admin/people/{alice.pk}/suspension").json()
    assert (told["is_active"], told["suspension"]) == (True, None)
    past = {"until": "2001-01-01T00:00:00Z"}
    error_of(admin.api("PUT", f"/admin/people/{alice.pk}/suspension", past), 422, "invalid_parameters")


def test_each_deed_asks_its_permission(alice, charlie, root, groups):
    moderator = knocking_as(with_role("m", groups["moderator"]), "admin")
    assert moderator.api("GET", "/admin/people").status_code == 200
    assert moderator.api("PUT", f"/admin/people/{alice.pk}/suspension", {}).status_code == 200
    error_of(moderator.api("PATCH", f"/admin/people/{charlie.pk}", {"roles": ["trusted"]}), 403, "not_allowed")
    error_of(moderator.api("PUT", f"/admin/people/{root.pk}/suspension", {}), 403, "not_allowed")
    staff = knocking_as(make_user("s", is_staff=True), "admin")
    error_of(staff.api("GET", "/admin/people"), 403, "not_allowed")
    error_of(moderator.api("GET", "/admin/people/0"), 404, "not_found")
