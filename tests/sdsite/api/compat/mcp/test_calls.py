"""A call: its key is checked again, and work while it streams is charged to its user."""

import pytest
from django.test import RequestFactory

from sdsite.accounts.authentication import WrongKey, authenticate_request_key
from sdsite.api.compat.mcp.calls import Call
from sdsite.core import web_seconds
from tests.support.clients.api_client import make_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(alice, valkey):
    request = RequestFactory().post("/mcp", headers={"Authorization": f"Bearer {make_key(alice)[1]}"})
    authenticate_request_key(request)
    return Call(request)


def test_a_key_that_was_revoked_or_whose_owner_is_suspended_ends_the_call(call, alice):
    call.require_valid_key()
    alice.is_active = False
    alice.save()
    with pytest.raises(WrongKey):
        call.require_valid_key()


def test_only_what_is_done_while_it_streams_is_charged_here(call, alice, monkeypatch):
    charged = []
    monkeypatch.setattr(web_seconds, "charge", lambda user_id, seconds: charged.append(user_id))
    assert call._charged(len, "abc") == 3
    assert charged == []
    call.is_streaming = True
    assert call._charged(len, "abc") == 3
    assert charged == [alice.pk]
