"""Invitations and requests by the API, for staff."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from sdsite.accounts.joining.requests import ask
from sdsite.accounts.models import AuditEvent, Invitation, SignupRequest
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_user


def soon():
    return (timezone.now() + timedelta(days=3)).isoformat()


@pytest.fixture
def admin(root):
    """A client with a key of the administrator's."""
    return knocking_as(root, "admin")


@pytest.fixture
def dora(db):
    """Somebody who waits for approval."""
    return ask(user=make_user("dora"), reason="I paint.")


def test_an_invitation_is_made_listed_and_revoked(admin, visitor, mode):
    mode("invitation")
    Group.objects.create(name="friends")
    made = admin.api("POST", "/admin/invitations", {"note": "Erik", "role": "friends", "expires_at": soon()})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    path = made.json()["url"].partition("/join/")[2]
    assert visitor.get(f"/join/{path}").status_code == 302
    visitor.sign_up()
    listed = admin.api("GET", "/admin/invitations").json()["items"]
    assert [(one["note"], one["role"], one["guests"], one["state"]) for one in listed] == [
        ("Erik", "friends", ["dora"], "used up")
    ]
    assert "url" not in listed[0]
    assert admin.api("DELETE", f"/admin/invitations/{listed[0]['id']}").status_code == 204
    assert Invitation.objects.get().state == "revoked"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expires_at"),
        ({"expires_at": "3000-01-01T00:00:00Z"}, 422, "expires_at"),
        ({"most_uses": 0}, 422, "most_uses"),
        ({"most_uses": 1001}, 422, "most_uses"),
        ({"note": "x" * 201}, 422, "note"),
        ({"role": "nobody"}, 404, None),
    ],
)
def test_what_is_out_of_range_is_refused(admin, body, status, field):
    answer = admin.api("POST", "/admin/invitations", {"expires_at": soon()} | body)
    assert answer.status_code == status
    assert field is None or field in answer.json()["error"]["fields"]
    assert not Invitation.objects.exists()


def test_pages_of_invitations(admin, invite):
    ids = [invite(note=str(number))[0].pk for number in range(3)]
    first = admin.api("GET", "/admin/invitations?limit=2").json()
    second = admin.api("GET", f"/admin/invitations?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None


@pytest.mark.parametrize(("decision", "active"), [("approve", True), ("refuse", False)])
def test_a_request_is_decided_once(admin, dora, root, decision, active):
    listed = admin.api("GET", "/admin/requests").json()["items"]
    assert [(one["username"], one["reason"], one["state"]) for one in listed] == [("dora", "I paint.", "waiting")]
    path = f"/admin/requests/{listed[0]['id']}"
    assert admin.api("POST", path, {"decision": decision}).status_code == 204
    dora.user.refresh_from_db()
    assert dora.user.is_active == active
    error_of(admin.api("POST", path, {"decision": "refuse"}), 404, "not_found")
    assert admin.api("GET", "/admin/requests").json()["items"] == []
    assert AuditEvent.objects.filter(action__startswith="signup.", actor=root).count() == 1


def test_one_who_was_refused_is_listed_and_may_be_approved(admin, dora):
    admin.api("POST", f"/admin/requests/{dora.pk}", {"decision": "refuse"})
    refused = admin.api("GET", "/admin/requests?state=refused").json()["items"]
    assert [one["state"] for one in refused] == ["refused"]
    assert admin.api("POST", f"/admin/requests/{dora.pk}", {"decision": "approve"}).status_code == 204
    assert not SignupRequest.objects.exists()


DEEDS = [
    ("GET", "/admin/invitations", "view_invitation"),
    ("POST", "/admin/invitations", "add_invitation"),
    ("DELETE", "/admin/invitations/1", "change_invitation"),
    ("GET", "/admin/requests", "view_signuprequest"),
    ("POST", "/admin/requests/1", "change_signuprequest"),
]


@pytest.mark.parametrize(("method", "path", "permission"), DEEDS)
def test_each_deed_needs_its_permission(bob, method, path, permission):
    client = knocking_as(bob, "admin")
    body = {"decision": "approve"} if "requests" in path else {"expires_at": soon()}
    body = body if method == "POST" else None
    error_of(client.api(method, path, body), 403, "not_allowed")
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts", codename=permission))
    assert client.api(method, path, body).status_code in (200, 201, 404)
