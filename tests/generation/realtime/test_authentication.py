"""Authentication of websockets: where a key may be, what it allows, limits on wrong ones."""

import pytest
from django.contrib.auth.models import AnonymousUser

from generation.realtime.authentication import NotAuthenticated, authenticate_again, authenticate_connection, raw_key
from sdsite.accounts.api_keys import revoke_key
from sdsite.accounts.authentication import WrongKey
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.scopes import ScopeMissing
from sdsite.core.rate_limits import LIMITS, RateLimited
from tests.support.clients.api_client import make_key


def knocking(*, query=b"", subprotocols=(), **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"headers": pairs, "query_string": query, "subprotocols": list(subprotocols), "user": AnonymousUser()}
    return {**scope, "client": ["192.0.2.7", 1]}


def test_a_key_is_found_wherever_clients_can_put_one():
    assert raw_key(knocking(authorization="Bearer one", query=b"api_key=two")) == "one"
    assert raw_key(knocking(x_api_key="one", subprotocols=["bearer.two"])) == "one"
    assert raw_key(knocking(subprotocols=["sdsite.json", "bearer.one"], query=b"api_key=two")) == "one"
    assert raw_key(knocking(query=b"a=b&api_key=one")) == "one"
    assert raw_key(knocking(query=b"api_key=")) is None
    assert raw_key(knocking(authorization="")) is None


@pytest.mark.django_db
def test_who_comes_in_acts_as_the_owner_with_what_the_key_may(alice):
    row, key = make_key(alice, "read")
    connection = authenticate_connection(knocking(authorization=f"Bearer {key}"), "read")
    assert connection.credentials == Credentials(alice, row)
    with pytest.raises(ScopeMissing):
        authenticate_again(connection, "192.0.2.7", "generate")
    revoke_key(key=row, actor=alice)
    with pytest.raises(WrongKey):
        authenticate_again(connection, "192.0.2.7", "read")
    with pytest.raises(NotAuthenticated):
        authenticate_connection(knocking(), "read")


@pytest.mark.django_db
def test_wrong_keys_are_counted_for_each_address(valkey):
    for _ in range(LIMITS["wrong_key"].amount):
        with pytest.raises(WrongKey):
            authenticate_connection(knocking(query=b"api_key=sds_wrong_key"))
    with pytest.raises(RateLimited):
        authenticate_connection(knocking(query=b"api_key=sds_wrong_key"))
