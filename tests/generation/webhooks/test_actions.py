"""Webhooks of one user: a bounded number, and few test deliveries."""

import pytest

from generation.webhooks import actions
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db


URL = "https://example.org/hooks/sdsite"


@pytest.fixture
def client(alice):
    return knocking_as(alice)


def make(client, **changes):
    response = client.api("POST", "/webhooks", {"name": "Bot", "url": URL, **changes})
    assert response.status_code == 201, response.content
    return response


def test_a_user_has_a_limited_number_of_webhooks(client, alice, monkeypatch):
    monkeypatch.setattr(actions, "MOST_WEBHOOKS", 2)
    make(client)
    make(client)
    error_of(client.api("POST", "/webhooks", {"name": "Third", "url": URL}), 409, "too_many_webhooks")


def test_tests_and_redeliveries_are_rate_limited(client, valkey_alone, monkeypatch):
    from sdsite.core import rate_limits

    monkeypatch.setattr(rate_limits, "_paused_until", 0.0)
    monkeypatch.setitem(rate_limits.LIMITS, "webhook_test", rate_limits.Limit(1, 60, "few"))
    made = make(client).json()
    assert client.api("POST", f"/webhooks/{made['id']}/test").status_code == 202
    error_of(client.api("POST", f"/webhooks/{made['id']}/test"), 429, "rate_limited")
