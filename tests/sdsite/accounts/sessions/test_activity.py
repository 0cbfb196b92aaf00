"""What is stored of a session's use."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import OperationalError, connection

from sdsite.accounts.models import UserSession
from sdsite.accounts.sessions import activity
from sdsite.core.session_store import SessionStore
from tests.sdsite.accounts.sessions.conftest import FIREFOX, is_in


def test_a_login_is_stored_with_device_and_address(alice, sign_in):
    sign_in(alice, address="192.0.2.7")
    row = UserSession.objects.get()
    assert (row.user, row.address, row.user_agent) == (alice, "192.0.2.7", FIREFOX)


def test_the_next_request_writes_nothing(alice, sign_in):
    device = sign_in(alice)
    before = UserSession.objects.get().used_at
    is_in(device)
    assert UserSession.objects.get().used_at == before


def test_a_later_one_writes_time_and_address(alice, sign_in, monkeypatch):
    device = sign_in(alice)
    old = UserSession.objects.get().used_at - timedelta(days=1)
    UserSession.objects.update(used_at=old)
    monkeypatch.setattr(activity, "WRITE_SECONDS", 0)
    device.get("/settings/", REMOTE_ADDR="192.0.2.99")
    row = UserSession.objects.get()
    assert row.used_at > old
    assert row.address == "192.0.2.99"


def test_a_session_from_before_the_rows_gets_one_by_its_use(alice, sign_in, monkeypatch):
    device = sign_in(alice)
    UserSession.objects.all().delete()
    monkeypatch.setattr(activity, "WRITE_SECONDS", 0)
    assert is_in(device)
    assert UserSession.objects.get().user == alice


def test_the_page_is_shown_though_the_use_cannot_be_stored(alice, sign_in, monkeypatch):
    device = sign_in(alice)
    monkeypatch.setattr(activity, "WRITE_SECONDS", 0)

    def full(execute, sql, params, many, context):
        if sql.startswith(("UPDATE", "INSERT")):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        assert is_in(device)


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(activity, "REMEMBERED", 2)
    monkeypatch.setattr(activity, "_written", type(activity._written)())
    assert [activity._is_due(key) for key in ("a", "b", "c", "c", "a")] == [True, True, True, False, True]


def test_ended_sessions_are_deleted_with_their_rows(alice, sign_in, monkeypatch):
    monkeypatch.setattr("sdsite.core.session_store.DELETED_TOGETHER", 1)
    for _ in range(3):
        sign_in(alice)
    kept = Session.objects.first()
    Session.objects.exclude(pk=kept.pk).update(expire_date=kept.expire_date - timedelta(days=400))
    SessionStore.clear_expired()
    assert Session.objects.get() == kept
    assert UserSession.objects.get().session == kept
