"""Rows of sessions, and what sessions hold to stay open."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from sdsite.accounts.models import UserSession
from tests.support.clients.logged_in import client_of


def test_a_person_who_was_never_logged_out_everywhere_keeps_the_sessions_of_before(alice):
    assert alice.get_session_auth_hash() == AbstractBaseUser.get_session_auth_hash(alice)
    plain = alice.get_session_auth_hash()
    alice.ended_sessions = 1
    once = alice.get_session_auth_hash()
    alice.ended_sessions = 2
    assert len({plain, once, alice.get_session_auth_hash()}) == 3


def test_a_session_is_open_until_it_ends_by_its_age(alice, charlie):
    client_of(alice)
    row = UserSession.objects.get()
    assert UserSession.objects.visible_to(alice).get() == row
    assert not UserSession.objects.visible_to(charlie).exists()
    assert not UserSession.objects.open(at=timezone.now() + timedelta(days=400)).exists()
    assert str(row) == "session of alice"
