"""Sign-up is closed unless the site opens it; wrong logins are limited by address and name."""

import pytest
from allauth.mfa.adapter import get_adapter
from django.test import Client

from sdsite.accounts.models import SiteSettings
from tests.support.factories import PASSWORD


def test_sign_up_is_closed_unless_the_site_opens_it(client, db, settings, django_user_model):
    form = {"username": "dora", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    assert "Sign-up is closed" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", form)
    assert not django_user_model.objects.filter(username="dora").exists()
    assert "Sign up" not in client.get("/accounts/login/").content.decode()
    settings.SIGNUP_MODE = "open"
    assert "Sign up" in client.get("/accounts/login/").content.decode()
    client.post("/accounts/signup/", form)
    assert django_user_model.objects.filter(username="dora").exists()


def logs_in(name, password=PASSWORD, *, address="192.0.2.1"):
    """Try to log in as a browser at `address` would; return whether that worked."""
    form = {"login": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", form).status_code == 302


@pytest.fixture
def locked(valkey, alice):
    """Alice's name after as many wrong passwords as one address may try."""
    for _ in range(5):
        assert not logs_in("alice", "wrong")
    assert not logs_in("alice")


@pytest.mark.usefixtures("locked")
def test_wrong_passwords_lock_a_name_for_their_address_alone(charlie):
    assert not logs_in("ALICE")
    assert logs_in("alice", address="192.0.2.2")
    assert logs_in("charlie")


@pytest.mark.usefixtures("locked")
def test_the_limit_holds_in_every_process():
    from sdsite.core import rate_limits

    rate_limits._storage.cache_clear()  # nothing of it is kept in this one
    assert not logs_in("alice")


def test_a_right_password_forgets_the_wrong_ones_before(valkey, alice):
    for _ in range(3):
        for _ in range(4):
            assert not logs_in("alice", "wrong")
        assert logs_in("alice")


def test_one_address_may_not_try_many_names(valkey, alice, monkeypatch):
    from sdsite.core import rate_limits

    monkeypatch.setitem(rate_limits.LIMITS, "wrong_login", rate_limits.Limit(4, 300, "a few"))
    for number in range(4):
        assert not logs_in(f"somebody{number}", "wrong", address="2001:db8::1")
    assert not logs_in("alice", address="2001:db8::2")  # of the same customer
    assert logs_in("alice", address="2001:db8:1::1")


def test_apps_with_codes_call_the_site_by_its_name(alice):
    SiteSettings.objects.create(pk=1, name="Atelier")
    url = get_adapter().build_totp_url(alice, "SECRET")
    assert "issuer=Atelier" in url
