"""Budgets of web seconds, with a real Valkey and without one."""

import time

import pytest

from sdsite.core import rate_limits, web_seconds
from sdsite.core.rate_limits import RateLimited
from tests.support.clients.api_client import ApiClient, error_of, knocking_as


@pytest.fixture(autouse=True)
def two_seconds(settings, monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_WEB_SECONDS", 2.0)


def test_a_user_is_refused_once_the_seconds_are_used_up(valkey):
    for _ in range(3):
        web_seconds.check(1)
        web_seconds.charge(1, 0.6)
    web_seconds.check(1)
    web_seconds.charge(1, 0.6)
    with pytest.raises(RateLimited) as refusal:
        web_seconds.check(1)
    assert 1 <= refusal.value.retry_after <= web_seconds.WINDOW
    web_seconds.check(2)


def test_a_request_that_costs_more_than_the_budget_counts_as_well(valkey):
    web_seconds.charge(1, 100)
    with pytest.raises(RateLimited):
        web_seconds.check(1)


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["session", "key"])
def test_the_api_refuses_whose_seconds_are_used_up_and_nobody_else(valkey, alice, charlie, way):
    def client_of(user):
        client = knocking_as(user) if way == "key" else ApiClient()
        if way == "session":
            client.force_login(user)
        return client

    web_seconds.charge(alice.pk, 100)
    error_of(client_of(alice).api("GET", "/me"), 429, "rate_limited")
    assert client_of(charlie).api("GET", "/me").status_code == 200


def test_without_a_budget_nothing_is_counted(valkey, settings, monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_WEB_SECONDS", 0.0)
    web_seconds.charge(1, 100)
    web_seconds.check(1)


def test_everything_passes_while_redis_does_not_answer(settings, monkeypatch, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    monkeypatch.setattr(rate_limits, "_paused_until", 0.0)
    before = rate_limits.unavailable.labels(web_seconds.NAME)._value.get()
    web_seconds.charge(1, 100)
    web_seconds.check(1)
    assert rate_limits.unavailable.labels(web_seconds.NAME)._value.get() == before + 2


def test_what_a_context_takes_is_counted(valkey):
    web_seconds.charge(1, 1.9)
    with web_seconds.charging(1):
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass
    with pytest.raises(RateLimited):
        web_seconds.check(1)
