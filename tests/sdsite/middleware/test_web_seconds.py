"""Requests are charged for their processor time, and refused once it is used up; the admin is not."""

import json

import httpx
import pytest

from sdsite.core import web_seconds
from tests.support.clients.api_client import ApiClient, error_of, knocking_as, make_key

EXPENSIVE = {"prompt": "red " * 2_000, "grid": {"axes": [{"field": "guidance_scale", "values": list(range(1, 31))}]}}


@pytest.fixture
def little(settings, monkeypatch):
    """A budget that one expensive request uses up."""
    monkeypatch.setitem(settings.ENV, "SDSITE_WEB_SECONDS", 0.02)


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey", "little")
class TestRequests:
    def test_a_key_is_refused_after_expensive_requests_and_so_is_every_other_of_its_owner(self, alice, checkpoint):
        assert knocking_as(alice).api("POST", "/jobs?dry_run=true", EXPENSIVE).status_code == 200
        response = knocking_as(alice).api("GET", "/me")
        error_of(response, 429, "rate_limited")
        assert 1 <= int(response["Retry-After"]) <= web_seconds.WINDOW

    def test_other_people_are_not(self, alice, bob, checkpoint):
        knocking_as(alice).api("POST", "/jobs?dry_run=true", EXPENSIVE)
        assert knocking_as(bob).api("GET", "/me").status_code == 200

    def test_pages_and_the_api_by_session_share_the_budget(self, alice, checkpoint):
        client = ApiClient()
        client.force_login(alice)
        assert client.get("/library/").status_code == 200
        web_seconds.charge(alice.pk, 1)
        assert client.get("/library/").status_code == 429
        error_of(client.api("GET", "/me"), 429, "rate_limited")

    def test_the_admin_is_never_refused(self, root, as_root):
        web_seconds.charge(root.pk, 1)
        assert as_root.get("/admin/").status_code == 200
        assert as_root.get("/library/").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_a_real_site_counts_the_time_of_the_thread(live_site, alice, settings, monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_WEB_SECONDS", 30.0)  # as the web process has it
    headers = {"X-API-Key": make_key(alice)[1]}
    url = f"{live_site.url}/api/v1/jobs?dry_run=true"
    assert httpx.post(url, content=json.dumps(EXPENSIVE), headers=headers, trust_env=False).status_code == 200
    limiter = web_seconds.FixedWindowRateLimiter(web_seconds.rate_limits._storage(settings.REDIS_URL))
    spent = 30_000 - limiter.get_window_stats(web_seconds._item(), f"user:{alice.pk}").remaining
    assert 10 < spent < 10_000
