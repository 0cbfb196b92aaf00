"""Sessions end: when they are not used, and some time after the login in any case."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from sdsite.core.session_store import BEGAN, SessionStore
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def visitor(alice, valkey_alone):
    """A browser of Alice's that has logged in through the page and wants to be remembered."""
    browser = Client()
    form = {"login": "alice", "password": PASSWORD, "remember": "on"}
    assert browser.post("/accounts/login/", form).status_code == 302
    return browser


def days_left():
    return (Session.objects.get().expire_date - timezone.now()).total_seconds() / DAY


def test_a_login_ends_after_the_idle_time(visitor, settings):
    assert days_left() == pytest.approx(14, abs=0.1)
    Session.objects.update(expire_date=timezone.now())
    assert visitor.get("/library/").status_code == 302
    SessionStore.clear_expired()
    assert not Session.objects.exists()


def test_a_session_in_use_ends_some_time_after_the_login(visitor):
    session = SessionStore(Session.objects.get().session_key)
    session[BEGAN] = int(time.time()) - 80 * DAY
    session["seen_at"] = 0
    session.save()
    answer = visitor.get("/library/")
    assert answer.status_code == 200
    assert days_left() == pytest.approx(10, abs=0.1)
    assert answer.cookies["sessionid"]["max-age"] == pytest.approx(10 * DAY, abs=100)
    session = SessionStore(Session.objects.get().session_key)
    session[BEGAN] = int(time.time()) - 90 * DAY
    session.save()
    assert visitor.get("/library/").status_code == 302
