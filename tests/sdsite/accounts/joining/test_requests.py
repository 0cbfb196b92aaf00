"""Requests for an account: decided once, told by mail, removed after a week when refused."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from sdsite.accounts.api_keys import create_key
from sdsite.accounts.joining import requests
from sdsite.accounts.models import AuditEvent, Notice, SignupRequest, User
from tests.support.at_once import while_locked
from tests.support.factories import make_user

ADMIN = reverse("admin:accounts_signuprequest_changelist")
ALL = SignupRequest.objects.all


@pytest.fixture
def waiting(db):
    """Alice and Charlie, who wait."""
    people = [make_user("alice"), make_user("charlie")]
    for person in people:
        requests.ask(user=person, reason="for the club")
    return people


@pytest.fixture
def sends_mail(settings):
    settings.MAIL_IS_SENT = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_approval_lets_people_in_and_tells_them(waiting, as_root, root, sends_mail, act):
    act(as_root, ADMIN, "approve", *ALL())
    assert User.objects.filter(is_active=True, username__in=["alice", "charlie"]).count() == 2
    assert not ALL().exists()
    assert sorted(one.to[0] for one in mail.outbox) == ["alice@example.org", "charlie@example.org"]
    assert "approved" in mail.outbox[0].subject
    assert AuditEvent.objects.filter(action="signup.approved", actor=root).count() == 2


def test_people_are_told_in_their_language(waiting, as_root, sends_mail, act):
    User.objects.update(language="de")
    act(as_root, ADMIN, "refuse", *ALL())
    assert "abgelehnt" in mail.outbox[0].subject
    assert "nach 7 Tagen" in mail.outbox[0].body


def test_a_mail_server_that_is_away_hinders_no_decision(waiting, as_root, settings, act):
    settings.MAIL_IS_SENT = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    act(as_root, ADMIN, "approve", *ALL())
    assert not ALL().exists()


def test_a_refused_person_can_still_be_approved_and_is_not_refused_twice(waiting, root):
    assert len(requests.refuse(requests=ALL(), actor=root)) == 2
    assert requests.refuse(requests=ALL(), actor=root) == []
    assert len(requests.approve(requests=ALL(), actor=root)) == 2


def test_so_many_wait_at_once(waiting, monkeypatch):
    monkeypatch.setattr(requests, "MOST_WAITING", 2)
    with pytest.raises(requests.TooManyRequests):
        requests.ask(user=make_user("dora"))


def test_refused_ones_are_removed_after_a_week_and_nobody_else(waiting, root):
    alice, charlie = waiting
    requests.refuse(requests=ALL().filter(user=alice), actor=root)
    later = timezone.now() + timedelta(days=requests.KEPT_DAYS)
    assert requests.remove_old(later - timedelta(hours=1)) == 0
    assert requests.remove_old(later + timedelta(hours=1)) == 1
    assert not User.objects.filter(pk=alice.pk).exists()
    assert User.objects.filter(pk=charlie.pk).exists()
    assert AuditEvent.objects.get(action="signup.removed").target == "alice"


def test_accounts_with_an_unverified_address_are_removed_too(db):
    make_user("never", must_verify_email=True)
    make_user("once", must_verify_email=True).emailaddress_set.create(email="once@example.org", verified=True)
    create_key(owner=make_user("program", must_verify_email=True), name="tests", scopes=["read"])
    assert requests.remove_old(timezone.now() + timedelta(days=8)) == 1
    assert not User.objects.filter(username="never").exists()


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_decide_once():
    root, alice = make_user("root", is_superuser=True), make_user("alice")
    requests.ask(user=alice)

    def second():
        with transaction.atomic():
            return requests.refuse(requests=ALL(), actor=root)

    with while_locked(second) as outcome:
        assert requests.approve(requests=ALL(), actor=root) == [alice]
    assert outcome == [[]]
    alice.refresh_from_db()
    assert alice.is_active


def test_administrators_are_told_who_waits_in_one_notice(root, bob, waiting, as_root):
    assert [one["text"] for one in as_root.get("/api/v1/notices").json()["items"]] == ["2 people ask for accounts."]
    assert Notice.objects.get().url == ADMIN
