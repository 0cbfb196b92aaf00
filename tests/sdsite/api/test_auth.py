"""Authentication of programs and browsers."""

import base64
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.clients.api_client import ApiClient, error_of, knocking_as, make_key

pytestmark = pytest.mark.django_db


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def headers_of(key):
    return {
        "bearer": {"Authorization": f"Bearer {key}"},
        "bearer in lower case": {"Authorization": f"bearer {key}"},
        "bare": {"Authorization": key},
        "basic, key as password": {"Authorization": basic("anybody", key)},
        "basic, key as name": {"Authorization": basic(key, "")},
        "own header": {"X-API-Key": key},
        "own header beside a proxy's": {"X-API-Key": key, "Authorization": basic("proxy", "secret")},
        "own header beside an empty one": {"X-API-Key": key, "Authorization": ""},
    }


@pytest.mark.parametrize("way", headers_of("x"))
def test_a_key_authenticates_in_every_header(alice, stranger, way):
    _, key = make_key(alice)
    response = stranger.api("GET", "/me", headers=headers_of(key)[way])
    assert response.status_code == 200, response.content
    assert response.json()["username"] == "alice"


WRONG = {
    "unknown": {"Authorization": "Bearer sds_aaaaaaaa_nothing"},
    "no key of ours": {"Authorization": "Bearer hello"},
    "other scheme": {"Authorization": "Digest username=alice"},
    "broken basic": {"Authorization": "Basic %%%"},
    "basic with NUL": {"Authorization": basic("x", "sds_\x00_y")},
    "far too long": {"X-API-Key": "x" * 5000},
    "not ASCII": {"X-API-Key": "sds_é_x"},
}


@pytest.mark.parametrize("way", WRONG)
def test_a_wrong_key_is_refused(stranger, way):
    response = stranger.api("GET", "/me", headers=WRONG[way])
    error_of(response, 401, "unauthorized")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_base64_with_other_characters_in_it_is_no_key(alice, stranger):
    way = basic(make_key(alice)[1], "")
    assert stranger.api("GET", "/me", headers={"Authorization": way}).status_code == 200
    error_of(stranger.api("GET", "/me", headers={"Authorization": f"{way[:-8]}!{way[-8:]}"}), 401, "unauthorized")


def test_a_wrong_secret_looks_like_an_unknown_key(alice, stranger, django_assert_num_queries):
    _, key = make_key(alice)
    wrong = f"{key[:-1]}{'A' if key[-1] != 'A' else 'B'}"
    answers = []
    for raw in (wrong, "sds_aaaaaaaa_nothing"):
        with django_assert_num_queries(1):
            answers.append(stranger.api("GET", "/me", headers={"X-API-Key": raw}))
    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].content == answers[1].content


def test_no_key_is_refused(stranger):
    error_of(stranger.api("GET", "/me"), 401, "unauthorized")


@pytest.mark.parametrize("value", ["", " ", "Bearer", "Bearer ", "Basic"])
def test_an_empty_header_counts_as_absent(alice, value):
    client = ApiClient(headers={"Authorization": value})
    error_of(client.api("GET", "/me"), 401, "unauthorized")
    client.force_login(alice)
    assert client.api("GET", "/me").json()["username"] == "alice"


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_revoked_or_expired_key_is_refused(alice, stranger, field):
    row, key = make_key(alice)
    setattr(row, field, timezone.now() - timedelta(seconds=1))
    row.save()
    error_of(stranger.api("GET", "/me", headers={"X-API-Key": key}), 401, "unauthorized")


def test_a_key_of_an_inactive_user_is_refused(alice):
    client = knocking_as(alice)
    assert client.api("GET", "/me").status_code == 200
    alice.is_active = False
    alice.save()
    error_of(client.api("GET", "/me"), 401, "unauthorized")


def test_a_wrong_key_is_refused_even_with_a_good_session(alice):
    client = ApiClient()
    client.force_login(alice)
    error_of(client.api("GET", "/me", headers={"X-API-Key": "wrong"}), 401, "unauthorized")


def test_a_key_acts_for_its_owner_whoever_is_logged_in(alice, charlie):
    client = knocking_as(alice)
    client.force_login(charlie)
    assert client.api("GET", "/me").json()["username"] == "alice"


RULE = {"name": "Brands", "scope": "prompt", "decision": "refuse", "words": "acme"}
NOWHERE = "00000000-0000-4000-8000-000000000000"


SCOPED = [
    ("POST", "/jobs", "generate"),
    ("GET", "/jobs", "read"),
    ("GET", "/jobs/{id}", "read"),
    ("POST", "/jobs/{id}/cancel", "generate"),
    ("POST", "/jobs/{id}/retry", "generate"),
    ("POST", "/jobs/{id}/front", "generate"),
    ("POST", "/jobs/{id}/images/{index}/cancel", "generate"),
    ("POST", "/jobs/cancel", "generate"),
    ("GET", "/jobs/{id}/events", "read"),
    ("GET", "/jobs/{id}/sheet", "read"),
    ("GET", "/queue", "read"),
    ("POST", "/queue/order", "generate"),
    ("PATCH", "/queue", "admin"),
    ("GET", "/admin/settings", "admin"),
    ("PATCH", "/admin/settings", "admin"),
    ("PUT", "/admin/settings/logo", "admin"),
    ("DELETE", "/admin/settings/logo", "admin"),
    ("GET", "/admin/people", "admin"),
    ("GET", "/admin/people/{number}", "admin"),
    ("PATCH", "/admin/people/{number}", "admin"),
    ("PUT", "/admin/people/{number}/suspension", "admin"),
    ("DELETE", "/admin/people/{number}/suspension", "admin"),
    ("GET", "/admin/roles", "admin"),
    ("POST", "/admin/roles", "admin"),
    ("PUT", "/admin/roles/everybody-else", "admin"),
    ("GET", "/admin/roles/{number}", "admin"),
    ("PATCH", "/admin/roles/{number}", "admin"),
    ("DELETE", "/admin/roles/{number}", "admin"),
    ("GET", "/admin/rules", "admin"),
    ("POST", "/admin/rules", "admin"),
    ("POST", "/admin/rules/test", "admin"),
    ("GET", "/admin/rules/{number}", "admin"),
    ("PUT", "/admin/rules/{number}", "admin"),
    ("DELETE", "/admin/rules/{number}", "admin"),
    ("GET", "/admin/rules/{number}/versions", "admin"),
    ("GET", "/admin/rule-hits", "admin"),
    ("POST", "/admin/rule-hits/close", "admin"),
    ("GET", "/admin/jobs", "admin"),
    ("GET", "/admin/jobs/{id}", "admin"),
    ("POST", "/admin/jobs/{id}/cancel", "admin"),
    ("POST", "/admin/jobs/{id}/retry", "admin"),
    ("GET", "/admin/queue", "admin"),
    ("PATCH", "/admin/queue", "admin"),
    ("GET", "/admin/workers", "admin"),
    ("PATCH", "/admin/workers/{name}", "admin"),
    ("POST", "/admin/workers/{name}/unload", "admin"),
    ("GET", "/keys", "admin"),
    ("POST", "/keys", "admin"),
    ("GET", "/keys/{number}", "admin"),
    ("PATCH", "/keys/{number}", "admin"),
    ("DELETE", "/keys/{number}", "admin"),
    ("GET", "/admin/invitations", "admin"),
    ("POST", "/admin/invitations", "admin"),
    ("DELETE", "/admin/invitations/{number}", "admin"),
    ("GET", "/admin/requests", "admin"),
    ("POST", "/admin/requests/{number}", "admin"),
    ("GET", "/sessions", "admin"),
    ("DELETE", "/sessions", "admin"),
    ("DELETE", "/sessions/{number}", "admin"),
    ("GET", "/notices", "read"),
    ("GET", "/notices/count", "read"),
    ("GET", "/notices/push/key", "read"),
    ("GET", "/notices/push/devices", "read"),
    ("POST", "/notices/push/devices", "write"),
    ("DELETE", "/notices/push/devices/{number}", "write"),
    ("GET", "/notices/choices", "read"),
    ("PATCH", "/notices/choices", "write"),
    ("POST", "/notices/read", "write"),
    ("POST", "/notices/{number}/read", "write"),
    ("GET", "/moderation/images", "moderate"),
    ("POST", "/moderation/images/bulk", "moderate"),
    ("POST", "/moderation/images/{id}/release", "moderate"),
    ("POST", "/moderation/images/{id}/hold", "moderate"),
    ("DELETE", "/moderation/images/{id}", "moderate"),
    ("GET", "/moderation/appeals", "moderate"),
    ("POST", "/moderation/appeals/{number}", "moderate"),
    ("POST", "/moderation/decisions/undo", "moderate"),
    ("GET", "/decisions", "read"),
    ("POST", "/appeals", "write"),
    ("GET", "/admin/audit", "admin"),
    ("GET", "/admin/audit/export", "admin"),
    ("GET", "/admin/decisions", "admin"),
    ("GET", "/admin/decisions/export", "admin"),
    ("GET", "/adapters", "read"),
    ("GET", "/styles", "read"),
    ("POST", "/prompt/enhance", "generate"),
    ("POST", "/styles", "write"),
    ("PATCH", "/styles/{id}", "write"),
    ("DELETE", "/styles/{id}", "write"),
    ("GET", "/presets", "read"),
    ("POST", "/presets", "write"),
    ("PATCH", "/presets/{id}", "write"),
    ("DELETE", "/presets/{id}", "write"),
    ("GET", "/wildcards", "read"),
    ("GET", "/prompt/history", "read"),
    ("GET", "/searches", "read"),
    ("POST", "/searches", "write"),
    ("PATCH", "/searches/{id}", "write"),
    ("DELETE", "/searches/{id}", "write"),
    ("GET", "/studio/state", "read"),
    ("PUT", "/studio/state", "write"),
    ("GET", "/webhooks", "read"),
    ("POST", "/webhooks", "write"),
    ("GET", "/webhooks/{id}", "read"),
    ("PATCH", "/webhooks/{id}", "write"),
    ("DELETE", "/webhooks/{id}", "write"),
    ("POST", "/webhooks/{id}/secret", "write"),
    ("POST", "/webhooks/{id}/test", "write"),
    ("GET", "/webhooks/{id}/deliveries", "read"),
    ("POST", "/webhooks/{id}/deliveries/{id}/redeliver", "write"),
    ("GET", "/images", "read"),
    ("GET", "/images/{id}", "read"),
    ("GET", "/images/{id}/file", "read"),
    ("GET", "/images/{id}/thumbnail", "read"),
    ("DELETE", "/images/{id}", "write"),
    ("DELETE", "/jobs/{id}/images", "write"),
    ("GET", "/images/facets", "read"),
    ("PUT", "/images/{id}/tags", "write"),
    ("POST", "/images/tag", "write"),
    ("GET", "/tags", "read"),
    ("GET", "/collections", "read"),
    ("POST", "/collections", "write"),
    ("GET", "/collections/{id}", "read"),
    ("PATCH", "/collections/{id}", "write"),
    ("DELETE", "/collections/{id}", "write"),
    ("GET", "/collections/{id}/images", "read"),
    ("POST", "/collections/{id}/images", "write"),
    ("DELETE", "/collections/{id}/images/{id}", "write"),
    ("GET", "/images/tiles", "read"),
    ("GET", "/images/timeline", "read"),
    ("GET", "/images/ids", "read"),
    ("GET", "/images/count", "read"),
    ("POST", "/images/bulk", "write"),
    ("POST", "/images/zip", "read"),
    ("POST", "/images/import", "write"),
    ("PATCH", "/images/{id}", "write"),
    ("GET", "/trash", "read"),
    ("DELETE", "/trash", "write"),
    ("PUT", "/collections/{id}/order", "write"),
    ("GET", "/collections/{id}/members", "read"),
    ("PUT", "/collections/{id}/members/{username}", "write"),
    ("DELETE", "/collections/{id}/members/{username}", "write"),
    ("POST", "/collections/{id}/links", "write"),
    ("POST", "/images/{id}/links", "write"),
    ("GET", "/share-links", "read"),
    ("GET", "/explore", "read"),
    ("DELETE", "/share-links/{id}", "write"),
    ("PUT", "/images/{id}/like", "write"),
    ("DELETE", "/images/{id}/like", "write"),
    ("POST", "/images/{id}/report", "write"),
    ("GET", "/images/{id}/lineage", "read"),
    ("GET", "/images/{id}/steps", "read"),
    ("GET", "/images/{id}/steps/{step}", "read"),
    ("GET", "/me/preferences", "read"),
    ("PATCH", "/me/preferences", "write"),
    ("POST", "/settings-of", "read"),
    ("POST", "/images/{id}/exact", "generate"),
    ("POST", "/images/{id}/verify", "generate"),
    ("GET", "/images/{id}/verify", "read"),
    ("POST", "/uploads", "generate"),
    ("GET", "/uploads", "read"),
    ("GET", "/uploads/{id}", "read"),
    ("GET", "/uploads/{id}/file", "read"),
    ("GET", "/uploads/{id}/thumbnail", "read"),
    ("DELETE", "/uploads/{id}", "write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
def test_a_key_without_the_scope_is_refused(alice, method, path, scope):
    others = {"generate", "read", "write"} - {scope}
    client = knocking_as(alice, *others)
    path = path.format(id=NOWHERE, index=0, number=1, step=4, username="bob", name="w1")
    bodies = {
        "/prompt/enhance": {"prompt": "a fox"},
        "/jobs": {"prompt": "a red heart"},
        "/queue/order": {"jobs": [NOWHERE]},
        "/styles": {"name": "ink", "prompt": "ink"},
        "/admin/invitations": {"expires_at": "2030-01-01T00:00:00Z"},
        "/admin/requests/1": {"decision": "approve"},
        "/searches": {"name": "reds", "query": "q=red"},
        "/webhooks": {"name": "Bot", "url": "https://example.org/"},
        "/collections": {"name": "Skies"},
        "/images/zip": {"ids": [NOWHERE]},
        "/images/bulk": {"ids": [NOWHERE], "action": "trash"},
        "/moderation/images/bulk": {"ids": [NOWHERE], "action": "hold"},
        "/moderation/decisions/undo": {"decisions": [1]},
        "/moderation/appeals/1": {"outcome": "declined"},
        "/appeals": {"decision": 1, "text": "No."},
        "/images/tag": {"ids": [NOWHERE], "add": ["x"]},
        f"/collections/{NOWHERE}/images": {"ids": [NOWHERE]},
        f"/collections/{NOWHERE}/links": {},
        f"/images/{NOWHERE}/links": {},
        f"/images/{NOWHERE}/report": {"reason": "other"},
        "/presets": {"name": "quick", "parameters": {"steps": 8}},
        "/keys": {"name": "bot", "scopes": ["read"]},
        "/admin/rules": RULE,
        "/admin/rules/test": {"rule": RULE},
        "/admin/rule-hits/close": {"ids": [NOWHERE]},
        "/admin/workers/w1/unload": {"checkpoint": "starter"},
        "/notices/read": {},
        "/admin/roles": {"name": "artists"},
        "/notices/push/devices": {"endpoint": "https://example.org/", "p256dh": "x", "auth": "x"},
    }
    puts = {
        "/admin/rules/1": RULE,
        f"/collections/{NOWHERE}/order": {"ids": []},
        f"/collections/{NOWHERE}/members/bob": {},
        "/studio/state": {"form": {}, "folds": []},
        "/admin/people/1/suspension": {},
        "/admin/roles/everybody-else": {"limits": None},
    }
    patches = {"/admin/workers/w1": {"draining": True}, "/admin/people/1": {"roles": []}}
    body = {"PATCH": patches.get(path, {}), "PUT": puts.get(path, {"tags": []}), "POST": bodies.get(path)}.get(method)
    query = {"/images/ids": f"?from={NOWHERE}&to={NOWHERE}"}.get(path, "")
    response = client.api(method, f"{path}{query}", body)
    error_of(response, 403, "forbidden_scope")
    assert scope in response.json()["error"]["message"]


NUMBERED = "{(device|key|notice|role|session|user|invitation|request)_id}"


def test_every_operation_with_a_scope_is_in_the_table_above(stranger):
    document = stranger.api("GET", "/openapi.json").json()
    found = {
        (
            method.upper(),
            re.sub(r"{\w+_id}", "{id}", re.sub(NUMBERED, "{number}", path.removeprefix("/api/v1"))),
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "Needs the scope" in operation["description"]
    }
    assert found == {(method, path) for method, path, _ in SCOPED}


class TestCsrf:
    """A session needs the page's token for whatever changes something."""

    @pytest.fixture
    def browser(self, alice):
        client = ApiClient(enforce_csrf_checks=True)
        client.force_login(alice)
        return client

    def test_an_unsafe_method_without_the_token_is_refused(self, browser, checkpoint):
        from generation.models import Job

        error_of(browser.api("POST", "/jobs", {"prompt": "a red heart"}), 403, "csrf_failed")
        assert not Job.objects.exists()

    def test_reading_needs_no_token(self, browser):
        assert browser.api("GET", "/me").status_code == 200

    def test_the_token_authenticates(self, browser, checkpoint):
        from django.middleware.csrf import _get_new_csrf_string

        token = _get_new_csrf_string()
        browser.cookies["csrftoken"] = token
        response = browser.api("POST", "/jobs", {"prompt": "a red heart"}, headers={"X-CSRFToken": token})
        assert response.status_code == 202, response.content

    def test_a_key_needs_no_token(self, alice, checkpoint):
        client = ApiClient(enforce_csrf_checks=True, headers={"X-API-Key": make_key(alice)[1]})
        assert client.api("POST", "/jobs", {"prompt": "a red heart"}).status_code == 202
