"""The API key of the environment, at the door that every program comes through."""

import logging

import pytest

from sdsite.accounts.models import ApiKey, AuditEvent
from tests.support.clients.api_client import ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

KEY = "a-key-of-my-own-choice-1"


@pytest.fixture
def given(settings):
    def give(key, user):
        settings.ENV = {**settings.ENV, "SDSITE_API_KEY": key, "SDSITE_API_KEY_USER": user}

    return give


def ask(key=KEY):
    return ApiClient(headers={"Authorization": key}).api("GET", "/me")


def test_it_acts_for_the_user_with_the_scopes_of_a_program(given, alice, bob, caplog):
    caplog.set_level(logging.DEBUG)
    assert ask().status_code == 401
    given(KEY, "alice")
    for header in (KEY, f"Bearer {KEY}"):
        assert ask(header).json()["username"] == "alice"
    row = ApiKey.objects.get()
    assert (row.owner, row.name, row.scopes) == (alice, "SDSITE_API_KEY", ["generate", "read", "write"])
    assert row.last_used_at is not None
    event = AuditEvent.objects.get(action="api_key.created")
    assert (event.actor, event.target, event.detail) == (alice, str(row), {"scopes": row.scopes})
    assert ask(f"{KEY}2").status_code == 401
    assert KEY not in caplog.text
    assert KEY not in str(vars(row))


def test_it_gives_staff_no_scopes_of_staff(given, alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    given(KEY, "alice")
    assert set(ask().json()["scopes"]) == {"generate", "read", "write"}


def test_another_value_or_user_ends_the_old_one(given, alice, bob):
    given(KEY, "alice")
    assert ask().status_code == 200
    given(f"{KEY}2", "alice")
    assert (ask().status_code, ask(f"{KEY}2").status_code) == (401, 200)
    given(f"{KEY}2", "bob")
    assert ask(f"{KEY}2").json()["username"] == "bob"
    assert ApiKey.objects.get().owner == bob


def test_a_revocation_and_a_suspension_hold(given, alice):
    given(KEY, "alice")
    assert ask().status_code == 200
    alice.is_active = False
    alice.save()
    assert ask().status_code == 401
    alice.is_active = True
    alice.save()
    row = ApiKey.objects.get()
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=row.created_at)
    assert ask().status_code == 401
    assert ask(f"sds_{row.lookup}_{KEY}").status_code == 401


def test_a_user_who_does_not_exist_is_named_in_the_log_and_the_key_is_not(given, caplog):
    given(KEY, "nobody")
    assert ask().status_code == 401
    assert "'nobody'" in caplog.text
    assert KEY not in caplog.text
    given("", "alice")
    assert ask("").status_code == 401
