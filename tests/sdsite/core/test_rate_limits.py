"""Rate limits with a real Valkey, and without one."""

import time

import pytest

from sdsite.core import rate_limits
from tests.support.clients.api_client import ApiClient, error_of, knocking_as, make_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def narrow(monkeypatch):
    """Three of everything in a minute."""
    for name, limit in rate_limits.LIMITS.items():
        monkeypatch.setitem(rate_limits.LIMITS, name, rate_limits.Limit(3, 60, limit.meaning))


@pytest.fixture
def no_redis(settings, monkeypatch, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    monkeypatch.setattr(rate_limits, "_paused_until", 0.0)


def counted(counter, name):
    return counter.labels(name)._value.get()


def test_the_event_after_the_last_allowed_is_refused(valkey, narrow):
    for _ in range(3):
        rate_limits.spend("api_call", "somebody")
    before = counted(rate_limits.refused, "api_call")
    with pytest.raises(rate_limits.RateLimited) as refusal:
        rate_limits.spend("api_call", "somebody")
    assert refusal.value.limit == "api_call"
    assert 40 <= refusal.value.retry_after <= 60  # the window is a minute, of which little is over
    assert counted(rate_limits.refused, "api_call") == before + 1
    rate_limits.spend("api_call", "somebody else")
    rate_limits.spend("wrong_key", "somebody")


def test_too_many_calls_of_a_key_are_429_with_retry_after(valkey, narrow, alice):
    client = knocking_as(alice)
    for _ in range(3):
        assert client.api("GET", "/me").status_code == 200
    response = client.api("GET", "/me")
    error_of(response, 429, "rate_limited")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert knocking_as(alice).api("GET", "/me").status_code == 200  # another key has its own window


def test_too_many_calls_of_a_session_are_429(valkey, narrow, alice, charlie):
    client, other = ApiClient(), ApiClient()
    client.force_login(alice)
    other.force_login(charlie)
    statuses = [client.api("GET", "/me").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert other.api("GET", "/me").status_code == 200  # another user has a window of their own


def test_too_many_wrong_keys_of_an_address_are_429_and_right_ones_still_pass(valkey, narrow, alice, stranger):
    def knock(address):
        return stranger.api("GET", "/me", headers={"X-API-Key": "wrong"}, REMOTE_ADDR=address)

    for _ in range(3):
        error_of(knock("192.0.2.1"), 401, "unauthorized")
    error_of(knock("192.0.2.1"), 429, "rate_limited")
    error_of(knock("192.0.2.2"), 401, "unauthorized")
    _, key = make_key(alice)
    good = stranger.api("GET", "/me", headers={"X-API-Key": key}, REMOTE_ADDR="192.0.2.1")
    assert good.status_code == 200


def test_pages_that_take_keys_have_rate_limits_too(valkey, narrow, stranger):
    url = "/images/00000000-0000-4000-8000-000000000000/file"
    answers = [stranger.get(url, headers={"X-API-Key": "wrong"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert int(answers[3]["Retry-After"]) >= 1


def test_without_redis_everything_passes_and_is_counted(no_redis, narrow):
    before = counted(rate_limits.unavailable, "api_call")
    for ask in (rate_limits.spend, rate_limits.check, rate_limits.forget):
        for _ in range(5):
            ask("api_call", "somebody")
    assert counted(rate_limits.unavailable, "api_call") == before + 15


def test_what_turned_out_to_be_no_misuse_is_forgotten(valkey, narrow):
    for identity in ("somebody", "somebody else"):
        for _ in range(3):
            rate_limits.spend("login", identity)
    rate_limits.forget("login", "somebody")
    for _ in range(3):
        rate_limits.check("login", "somebody")
        rate_limits.spend("login", "somebody")
    for identity in ("somebody", "somebody else"):
        with pytest.raises(rate_limits.RateLimited):
            rate_limits.check("login", identity)


def test_redis_is_asked_again_after_a_pause(valkey, narrow, settings, tmp_path, monkeypatch):
    good = settings.REDIS_URL
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    rate_limits.spend("api_call", "somebody")
    settings.REDIS_URL = good
    for _ in range(5):
        rate_limits.spend("api_call", "somebody")  # still pausing: not counted
    now = time.monotonic()
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: now + rate_limits.PAUSE_SECONDS + 1)
    for _ in range(3):
        rate_limits.spend("api_call", "somebody")
    with pytest.raises(rate_limits.RateLimited):
        rate_limits.spend("api_call", "somebody")
