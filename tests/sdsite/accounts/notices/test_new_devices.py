"""Notice of a login from a kind of device that is new to the account."""

from itertools import count

import pytest
from django.db import Error
from django.urls import reverse

from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices import new_devices
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEWER = FIREFOX.replace("140", "141")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
ADDRESSES = (f"198.19.{number // 256}.{number % 256}" for number in count())  # logins are limited by address


def log_in(client, agent):
    client.logout()
    form = {"login": "alice", "password": PASSWORD}
    answer = client.post(reverse("account_login"), form, headers={"User-Agent": agent}, REMOTE_ADDR=next(ADDRESSES))
    assert answer.status_code == 302


def told():
    return [(one.kind, one.detail["device"], one.url) for one in Notice.objects.order_by("pk")]


def test_the_first_device_is_no_news_and_another_kind_is(alice, client):
    for agent in (FIREFOX, FIREFOX, NEWER, ""):
        log_in(client, agent)
    assert told() == []
    for agent in (PHONE, FIREFOX, PHONE):
        log_in(client, agent)
    assert told() == [("new_sign_in", "Safari · iPhone", reverse("sessions"))]


def test_it_remembers_so_many_and_leaves_other_preferences(alice, client, monkeypatch):
    monkeypatch.setattr(new_devices, "MOST_DEVICES", 2)
    User.objects.filter(pk=alice.pk).update(preferences={"hints_read": True})
    for agent in (FIREFOX, "curl/8", PHONE):
        log_in(client, agent)
    alice.refresh_from_db()
    assert alice.preferences == {"hints_read": True, "devices": ["curl", "Safari · iPhone"]}


def test_nobody_is_kept_out_because_it_cannot_be_stored(alice, client, monkeypatch):
    def fail(*args, **kwargs):
        raise Error

    log_in(client, FIREFOX)
    monkeypatch.setattr(new_devices, "notify", fail)
    log_in(client, PHONE)
    assert client.get(reverse("settings")).status_code == 200
