"""What each mode makes of somebody who signs up."""

import re

import pytest
from django.core import mail
from django.core.cache import cache

from sdsite.accounts.joining import requests
from sdsite.accounts.models import AuditEvent, SignupRequest, User
from tests.support.factories import make_user


@pytest.mark.parametrize("name", ["closed", "invitation"])
def test_without_an_invitation_nobody_comes_in(visitor, mode, name):
    mode(name)
    visitor.sign_up()
    assert not User.objects.filter(username="dora").exists()


def test_an_open_site_lets_people_in_at_once(visitor, mode):
    mode("open")
    visitor.sign_up()
    assert visitor.is_in
    assert AuditEvent.objects.get(action="signup.done").target == "dora"


def test_on_request_one_waits_until_approval(visitor, mode, root):
    mode("request")
    page = visitor.sign_up(reason="for the club").content.decode()
    assert "Your account waits for approval" in page
    assert not visitor.is_in
    assert "Your account waits for approval" in visitor.sign_in().content.decode()
    assert SignupRequest.objects.get().reason == "for the club"
    requests.approve(requests=SignupRequest.objects.all(), actor=root)
    visitor.sign_in()
    assert visitor.is_in


def test_who_was_refused_is_told_so(visitor, mode, root):
    mode("request")
    visitor.sign_up()
    requests.refuse(requests=SignupRequest.objects.all(), actor=root)
    assert "Your request was refused" in visitor.sign_in().content.decode()
    assert not visitor.is_in


def test_a_suspended_person_is_not_told_of_requests(visitor, alice):
    alice.is_active = False
    alice.save()
    assert "approval" not in visitor.sign_in("alice").content.decode()


def test_where_too_many_wait_nothing_is_stored(visitor, mode, monkeypatch):
    monkeypatch.setattr(requests, "MOST_WAITING", 0)
    mode("request")
    assert "Too many people wait" in visitor.sign_up().content.decode()
    assert not User.objects.filter(username="dora").exists()


@pytest.fixture
def verifies(mode, settings):
    """A site that verifies addresses."""
    cache.clear()  # mails to one address are limited
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mode("verified", mail=True)


def test_a_verified_site_asks_for_an_address(visitor, verifies):
    assert visitor.sign_up(email="").context["form"].errors["email"]


def test_nobody_is_in_before_the_address_is_verified(visitor, verifies):
    visitor.sign_up(email="dora@example.org")
    assert not visitor.is_in
    visitor.sign_in()
    assert not visitor.is_in
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body).group(1)
    visitor.post(link)
    visitor.sign_in()
    assert visitor.is_in
    dora = User.objects.get(username="dora")
    assert not dora.must_verify_email
    dora.emailaddress_set.all().delete()  # asked once, never again
    visitor.logout()
    visitor.sign_in()
    assert visitor.is_in


def test_a_mail_that_cannot_be_sent_is_said_and_sent_later(visitor, verifies, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    visitor.sign_up(email="dora@example.org")
    assert "could not be sent" in visitor.get("/accounts/login/").content.decode()
    assert User.objects.get(username="dora").must_verify_email
    assert not visitor.is_in


def test_people_of_yesterday_need_no_verification(visitor, verifies):
    make_user("erik")
    visitor.sign_in("erik")
    assert visitor.is_in
