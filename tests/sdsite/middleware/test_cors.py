"""Cross-origin requests: only from configured origins, and never with cookies."""

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from sdsite.api.compat import registry
from tests.support.clients.api_client import ApiClient, knocking_as, make_key

pytestmark = pytest.mark.django_db


PAGE = "https://app.example.org"


ASKING = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


@pytest.fixture
def opened(settings):
    settings.CORS_ALLOWED_ORIGINS = [PAGE]


def allowed(response):
    named = {name.title(): value for name, value in response.headers.items()}
    return {name: value for name, value in named.items() if name.startswith("Access-Control-")}


def test_it_is_off_unless_configured(owner_client, stranger):
    for response in (
        owner_client.api("GET", "/me", headers={"Origin": PAGE}),
        stranger.options("/api/v1/jobs", headers=ASKING),
    ):
        assert allowed(response) == {}


def test_a_configured_page_may_ask_with_a_key(opened, alice, stranger):
    asked = stranger.options("/api/v1/jobs", headers=ASKING)
    assert asked.status_code == 204
    said = allowed(asked)
    assert said["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in said["Access-Control-Allow-Methods"]
    assert said["Access-Control-Allow-Headers"] == "*, Authorization"  # the asterisk does not stand for Authorization
    assert said["Access-Control-Max-Age"] == "600"
    answer = knocking_as(alice).api("GET", "/me", headers={"Origin": PAGE})
    assert (answer.status_code, allowed(answer)["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert "Location" in allowed(answer)["Access-Control-Expose-Headers"]
    assert "origin" in answer["Vary"].lower()


def test_errors_can_be_read_too(opened, stranger):
    answer = stranger.api("GET", "/me", headers={"Origin": PAGE})
    assert (answer.status_code, allowed(answer)["Access-Control-Allow-Origin"]) == (401, PAGE)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example.org", f"{PAGE}:8443", "null", "http://[", ""]
)
def test_other_pages_stay_outside(opened, owner_client, origin):
    for response in (
        owner_client.api("GET", "/me", headers={"Origin": origin}),
        owner_client.options("/api/v1/jobs", headers=ASKING | {"Origin": origin}),
    ):
        assert allowed(response) == {}
        assert "origin" in response["Vary"].lower()


def test_cookies_never_count_for_another_page(opened, alice):
    client = ApiClient()
    client.force_login(alice)
    answer = client.api("GET", "/me", headers={"Origin": PAGE})
    assert answer.status_code == 401
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert client.api("GET", "/me", headers={"Origin": "http://testserver"}).status_code == 200


def test_an_asterisk_allows_every_other_site(settings, alice):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    client = ApiClient()
    client.force_login(alice)
    assert client.api("GET", "/me", headers={"Origin": "http://testserver"}).status_code == 200
    assert client.api("GET", "/me", headers={"Origin": PAGE}).status_code == 401
    answer = knocking_as(alice).api("GET", "/me", headers={"Origin": PAGE})
    assert allowed(answer)["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/settings/keys/", "/admin/", "/metrics", "/healthz", "/accounts/login/"])
def test_pages_never_have_cors_headers(opened, client, path):
    assert allowed(client.get(path, headers={"Origin": PAGE})) == {}
    assert allowed(client.options(path, headers=ASKING)) == {}


def test_compatible_apis_have_cors_headers_where_they_are_enabled(opened, stranger):
    from sdsite.middleware.cors import is_api

    paths = {"openai": "/v1/models", "sdapi": "/sdapi/v1/options"}
    for name in registry.enabled():
        if name in paths:
            assert is_api(paths[name])
            assert allowed(stranger.options(paths[name], headers=ASKING))["Access-Control-Allow-Origin"] == PAGE
    assert not is_api("/library/")


def test_it_holds_in_the_event_loop_too(opened, alice):
    headers = {"Origin": PAGE, "X-API-Key": make_key(alice)[1]}
    answer = async_to_sync(AsyncClient().get)("/api/v1/me", headers=headers)
    assert (answer.status_code, allowed(answer)["Access-Control-Allow-Origin"]) == (200, PAGE)
