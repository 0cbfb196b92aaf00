"""API keys over the API: who may create them, and the key shown once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.api_keys import authenticate
from sdsite.accounts.models import ApiKey, AuditEvent
from tests.support.clients.api_client import ApiClient, error_of, knocking_as, make_key

pytestmark = pytest.mark.django_db


NEW = {"name": "Bot", "scopes": ["read", "generate"]}


@pytest.fixture
def session(alice):
    client = ApiClient()
    client.force_login(alice)
    return client


def test_a_new_key_works_and_is_shown_once(session, alice, checkpoint):
    requested = {**NEW, "seconds_a_day": 600, "checkpoints": ["starter"], "expires_at": "2999-01-01T00:00:00Z"}
    response = session.api("POST", "/keys", requested)
    assert response.status_code == 201, response.content
    assert "no-store" in response["Cache-Control"]
    made = response.json()
    key = authenticate(made.pop("key"))
    assert (key.owner, key.scopes, key.seconds_a_day) == (alice, ["generate", "read"], 600)
    assert made["begins_with"] == f"sds_{key.lookup}_"
    assert (made["checkpoints"], made["expires_at"]) == (["starter"], "2999-01-01T00:00:00Z")
    shown = session.get(response["Location"]).json()
    assert shown == {**made, "last_used_at": shown["last_used_at"]}
    assert AuditEvent.objects.get(action="api_key.created").actor == alice


def test_pages_follow_each_other_and_usable_ones_can_be_asked_for(session, alice):
    made = [make_key(alice)[0] for _ in range(3)]
    first = session.api("GET", "/keys?limit=2").json()
    rest = session.api("GET", f"/keys?limit=2&cursor={first['next']}").json()
    assert [key["id"] for key in first["items"] + rest["items"]] == [key.pk for key in reversed(made)]
    ApiKey.objects.filter(pk=made[0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert len(session.api("GET", "/keys?usable=true").json()["items"]) == 2
    error_of(session.api("GET", "/keys?cursor=xyz"), 422, "invalid_parameters")


def test_a_revoked_key_is_refused_and_stays_in_the_list(session, alice):
    key, whole = make_key(alice)
    assert session.api("DELETE", f"/keys/{key.pk}").status_code == 204
    assert authenticate(whole) is None
    assert session.api("GET", f"/keys/{key.pk}").json()["revoked_at"]
    assert session.api("DELETE", f"/keys/{key.pk}").status_code == 204
    event = AuditEvent.objects.get(action="api_key.revoked")
    assert (event.actor, event.target) == (alice, str(key))


def test_a_key_of_another_user_is_not_found(session, charlie):
    key, whole = make_key(charlie)
    for method in ("GET", "DELETE"):
        error_of(session.api(method, f"/keys/{key.pk}"), 404, "not_found")
        error_of(session.api(method, "/keys/99999999999999999999999"), 404, "not_found")
    assert authenticate(whole)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": ["read", "moderate"]}, "scopes"),
        ({"seconds_a_day": 0}, "seconds_a_day"),
        ({"checkpoints": ["nowhere"]}, "checkpoints"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_invalid_request_names_its_field_and_creates_nothing(session, checkpoint, change, field):
    assert field in error_of(session.api("POST", "/keys", {**NEW, **change}), 422, "invalid_parameters")
    assert not ApiKey.objects.exists()


def test_a_key_needs_the_scope_and_passes_on_no_more_than_it_has(bob):
    error_of(knocking_as(bob, "generate", "read", "write").api("POST", "/keys", NEW), 403, "forbidden_scope")
    client = knocking_as(bob, "admin", "read")
    assert "scopes" in error_of(client.api("POST", "/keys", NEW), 422, "invalid_parameters")
    assert client.api("POST", "/keys", {**NEW, "scopes": ["read"]}).status_code == 201


def test_a_key_with_a_budget_makes_none(bob, checkpoint):
    key, whole = make_key(bob, "admin", "read")
    ApiKey.objects.filter(pk=key.pk).update(seconds_a_day=10)
    client = ApiClient(headers={"X-API-Key": whole})
    error_of(client.api("POST", "/keys", {**NEW, "scopes": ["read"]}), 403, "not_allowed")


def test_a_session_needs_its_token(alice):
    client = ApiClient(enforce_csrf_checks=True)
    client.force_login(alice)
    error_of(client.api("POST", "/keys", NEW), 403, "csrf_failed")
    assert not ApiKey.objects.exists()


LIMITED = {"scopes": ["read"], "seconds_a_day": 600, "checkpoints": ["starter"], "name": "small"}


def test_a_key_is_changed_and_the_audit_log_has_both(session, alice, checkpoint):
    key, whole = make_key(alice, "generate", "read")
    changed = session.api("PATCH", f"/keys/{key.pk}", LIMITED).json()
    assert {name: changed[name] for name in LIMITED} == LIMITED
    assert authenticate(whole).scopes == ["read"]
    event = AuditEvent.objects.get(action="api_key.changed")
    assert (event.before["scopes"], event.after["scopes"]) == (["generate", "read"], ["read"])
    empty = {"seconds_a_day": None, "checkpoints": [], "expires_at": None}
    changed = session.api("PATCH", f"/keys/{key.pk}", empty).json()
    assert (changed["seconds_a_day"], changed["checkpoints"], changed["name"]) == (None, None, "small")
    assert session.api("PATCH", f"/keys/{key.pk}", {}).json() == changed
    assert AuditEvent.objects.filter(action="api_key.changed").count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["read", "moderate"]}, "scopes"),
        ({"seconds_a_day": 0}, "seconds_a_day"),
        ({"checkpoints": ["nowhere"]}, "checkpoints"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_invalid_change_names_its_field_and_changes_nothing(session, alice, checkpoint, change, field):
    key, _ = make_key(alice, "read")
    before = session.api("GET", f"/keys/{key.pk}").json()
    answer = session.api("PATCH", f"/keys/{key.pk}", {"name": "other", **change})
    assert any(name.startswith(field) or field in name for name in error_of(answer, 422, "invalid_parameters"))
    assert session.api("GET", f"/keys/{key.pk}").json() == before


def test_revoked_keys_and_those_of_others_are_not_changed(session, alice, charlie):
    key, _ = make_key(charlie)
    error_of(session.api("PATCH", f"/keys/{key.pk}", {"name": "mine"}), 404, "not_found")
    own, _ = make_key(alice)
    session.api("DELETE", f"/keys/{own.pk}")
    error_of(session.api("PATCH", f"/keys/{own.pk}", {"name": "again"}), 422, "invalid_parameters")


def test_a_key_gives_no_key_more_than_it_has(bob, checkpoint):
    key, whole = make_key(bob, "admin", "read")
    other, _ = make_key(bob, "read")
    client = ApiClient(headers={"X-API-Key": whole})
    error_of(client.api("PATCH", f"/keys/{key.pk}", {"scopes": ["admin", "read", "write"]}), 422, "invalid_parameters")
    assert client.api("PATCH", f"/keys/{other.pk}", {"scopes": ["admin"]}).status_code == 200
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() + timedelta(days=1))
    error_of(client.api("PATCH", f"/keys/{key.pk}", {"expires_at": None}), 422, "invalid_parameters")
    ApiKey.objects.filter(pk=key.pk).update(seconds_a_day=10)
    error_of(client.api("PATCH", f"/keys/{key.pk}", {"seconds_a_day": None}), 403, "not_allowed")
