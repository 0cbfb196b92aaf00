"""The signed link of a suspended person."""

from datetime import timedelta

import pytest
from django.core import signing

from sdsite.accounts.models import User
from sdsite.accounts.roles import suspended_link
from sdsite.accounts.roles.suspension import suspend

pytestmark = pytest.mark.django_db


@pytest.fixture
def suspension(root, alice):
    return suspend(user=alice, until=None, reason="", actor=root)


def token_of(suspension):
    return suspended_link.suspended_url(suspension).split("/")[2]


def test_it_finds_the_suspension_it_was_made_for(suspension):
    assert suspended_link.read_token(token_of(suspension)) == suspension


def test_another_one_signed_for_something_else_or_an_account_that_is_open_finds_nothing(suspension, alice):
    token = token_of(suspension)
    said = signing.loads(token, salt=suspended_link.SALT)
    assert suspended_link.read_token(signing.dumps(said, salt="sdsite.notices.unsubscribe")) is None
    assert suspended_link.read_token("") is None
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert suspended_link.read_token(token) is None


def test_it_ends_after_a_month(suspension, monkeypatch):
    token = token_of(suspension)
    monkeypatch.setattr(suspended_link, "VALID_FOR", timedelta(seconds=-1))
    assert suspended_link.read_token(token) is None
