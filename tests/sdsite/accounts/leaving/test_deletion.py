"""Deletion of one's own account: closed at once, taken back by logging in."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from sdsite.accounts.api_keys import authenticate, create_key
from sdsite.accounts.leaving.deletion import ask_deletion, keep_account
from sdsite.accounts.models import AccountDeletion, AuditEvent
from tests.support.factories import PASSWORD, make_user

USERS = reverse("admin:accounts_user_changelist")


def test_keys_and_sessions_end_at_once(as_alice, alice):
    _, secret = create_key(owner=alice, name="laptop", scopes=["read"])
    row = ask_deletion(user=alice)
    assert row.due_at - row.asked_at > timedelta(days=6)
    assert authenticate(secret) is None
    assert as_alice.get("/settings/").status_code == 302


def test_logging_in_keeps_the_account(alice, checkpoint):
    ask_deletion(user=alice)
    client = Client()
    client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert AccountDeletion.objects.exists()
    page = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}, follow=True)
    assert "Your account is kept" in page.content.decode()
    assert client.get("/settings/").status_code == 200
    assert not AccountDeletion.objects.exists()
    actions = AuditEvent.objects.filter(target="alice", action__startswith="user.").values_list("action", flat=True)
    assert set(actions) == {"user.deletion_asked", "user.kept"}


def test_a_suspended_person_does_not_come_back_by_logging_in(alice):
    alice.is_active = False
    alice.save()
    client = Client()
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert client.get("/settings/").status_code == 302


def test_the_only_administrator_stays(root, alice):
    with pytest.raises(ValidationError, match="only administrator"):
        ask_deletion(user=root)
    other = make_user("other", is_superuser=True)
    ask_deletion(user=root)
    with pytest.raises(ValidationError, match="only administrator"):
        ask_deletion(user=other)


@pytest.mark.parametrize("way", ["action", "form"])
def test_an_administrator_takes_it_back(as_root, alice, act, way):
    ask_deletion(user=alice)
    if way == "action":
        act(as_root, USERS, "activate", alice)
    else:
        data = {"username": "alice", "is_active": "on", "email": alice.email}
        as_root.post(reverse("admin:accounts_user_change", args=[alice.pk]), data)
    alice.refresh_from_db()
    assert alice.is_active
    assert not AccountDeletion.objects.exists()


def test_an_account_that_is_kept_has_nothing_to_keep(alice):
    assert not keep_account(user=alice, actor=alice)
