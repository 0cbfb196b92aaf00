"""Sessions in use are extended now and then; pages of people who are logged in are not kept by browsers."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.utils import timezone

from sdsite.core.session_store import BEGAN, SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(as_alice):
    """A session that was used days ago."""
    session = SessionStore(Session.objects.get().session_key)
    session["seen_at"] = 0
    session.pop(BEGAN, None)
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(days=9))
    return session


def test_a_session_in_use_is_extended_and_not_with_every_request(as_alice, old):
    as_alice.get("/settings/")
    stored = SessionStore(old.session_key)
    assert stored["seen_at"] > 0
    assert stored[BEGAN] > 0
    written = Session.objects.get().session_data
    assert "sessionid" not in as_alice.get("/settings/").cookies
    assert Session.objects.get().session_data == written


def test_a_page_is_shown_though_its_session_cannot_be_extended(as_alice, old):
    def full(execute, sql, params, many, context):
        if sql.startswith(("UPDATE", "INSERT")):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        assert as_alice.get("/settings/").status_code == 200


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/", "no-store"), ("/settings/", "no-store"), ("/library/", "no-cache"), ("/collections/", "no-store")],
)
def test_pages_of_people_are_private(as_alice, checkpoint, path, kept):
    assert as_alice.get(path).headers["Cache-Control"] == f"private, {kept}"


def test_pages_of_strangers_may_be_kept(client):
    assert "Cache-Control" not in client.get("/library/").headers


def test_logging_out_makes_the_browser_forget(as_alice):
    answer = as_alice.post("/accounts/logout/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in as_alice.get("/accounts/login/").headers
