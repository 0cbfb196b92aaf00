"""Ending sessions."""

from django.contrib.sessions.models import Session

from generation.realtime.authentication import Connection, is_still_valid
from sdsite.accounts.api_keys import authenticate, create_key
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import AuditEvent, UserSession
from sdsite.accounts.sessions.ending import end_session, end_sessions
from tests.sdsite.accounts.sessions.conftest import is_in
from tests.support.factories import PASSWORD


def test_one_is_ended_and_the_others_stay(alice, sign_in):
    one, other = sign_in(alice), sign_in(alice)
    row = UserSession.objects.get(session_id=one.session.session_key)
    assert end_session(row, actor=alice)
    assert not is_in(one)
    assert is_in(other)
    assert not end_session(row, actor=alice)
    assert AuditEvent.objects.get(action="session.ended").detail == {"device": "Firefox Windows"}


def test_all_are_ended_even_those_that_no_row_tells_of(alice, charlie, sign_in):
    known, unknown, of_charlie = sign_in(alice), sign_in(alice), sign_in(charlie)
    UserSession.objects.filter(session_id=unknown.session.session_key).delete()
    assert Session.objects.count() == 3
    assert end_sessions(alice, actor=alice) == 1
    assert not is_in(known)
    assert not is_in(unknown)
    assert is_in(of_charlie)
    assert is_in(sign_in(alice))  # one may come in again


def test_open_websockets_lose_their_session(alice, sign_in):
    kept, ended = (
        Connection(Credentials(alice), session_key=device.session.session_key)
        for device in (sign_in(alice), sign_in(alice))
    )
    end_session(UserSession.objects.get(session_id=ended.session_key), actor=alice)
    assert is_still_valid(kept)
    assert not is_still_valid(ended)
    end_sessions(alice, actor=alice)
    assert not is_still_valid(kept)


def test_keys_stay(alice, sign_in):
    sign_in(alice)
    _, key = create_key(owner=alice, name="laptop", scopes=["read"])
    end_sessions(alice, actor=alice)
    assert authenticate(key)


def test_another_password_ends_the_others_at_once(alice, sign_in):
    here, elsewhere = sign_in(alice), sign_in(alice)
    new = "another horse battery staple"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    alice.refresh_from_db()
    assert [row.session_id for row in UserSession.objects.visible_to(alice)] == [here.session.session_key]
    assert is_in(here)
    assert not is_in(elsewhere)
