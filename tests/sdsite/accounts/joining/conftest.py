"""Visitors who sign up, and invitations."""

from datetime import timedelta
from itertools import count

import pytest
from django.test import Client
from django.utils import timezone

from sdsite.accounts.joining.invitations import create_invitation
from tests.support.factories import PASSWORD


@pytest.fixture
def mode(settings, db):
    """Return a function that sets the sign-up mode, as the environment would."""

    def choose(name, *, mail=False):
        settings.SIGNUP_MODE, settings.MAIL_IS_SENT = name, mail

    return choose


@pytest.fixture
def invite(root):
    """Return a function that makes an invitation of the administrator's: (row, token)."""

    def make(*, actor=root, days=7, **fields):
        return create_invitation(actor=actor, expires_at=timezone.now() + timedelta(days=days), **fields)

    return make


ADDRESSES = (f"198.51.{number // 256}.{number % 256}" for number in count())


class Visitor(Client):
    """Somebody without an account, at an address of their own: sign-ups are limited by address."""

    def __init__(self):
        """Take the next address."""
        super().__init__(REMOTE_ADDR=next(ADDRESSES))

    def sign_up(self, name="dora", **fields):
        """Send the form; return the response."""
        form = {"username": name, "email": "", "password1": PASSWORD, "password2": PASSWORD}
        return self.post("/accounts/signup/", form | fields)

    def sign_in(self, name="dora"):
        """Try to sign in; return the page that one lands on."""
        return self.post("/accounts/login/", {"login": name, "password": PASSWORD}, follow=True)

    @property
    def is_in(self):
        """Whether the site knows who it is."""
        return self.get("/settings/").status_code == 200


@pytest.fixture
def visitor(db):
    """Somebody without an account."""
    return Visitor()


@pytest.fixture
def another_visitor(db):
    """Somebody else without an account."""
    return Visitor()
