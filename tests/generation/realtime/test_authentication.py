"""Authentication of websockets: where a key may be, what it allows, limits on wrong ones."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from generation.realtime.authentication import (
    NotAuthenticated,
    authenticate_again,
    authenticate_connection,
    is_still_valid,
    raw_key,
)
from sdsite.accounts.api_keys import revoke_key
from sdsite.accounts.authentication import WrongKey
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.scopes import ScopeMissing
from sdsite.core import web_seconds
from sdsite.core.rate_limits import LIMITS, Limit, RateLimited
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
    assert raw_key({"headers": []}) is None  # servers leave out what is empty


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


class TestSession:
    """The session of a browser instead of a key."""

    @pytest.fixture
    def browser(self, alice):
        client = Client()
        client.force_login(alice)
        return client

    @pytest.fixture
    def scope(self, alice, browser):
        return {**knocking(), "user": alice, "session": browser.session}

    def test_it_acts_as_its_user(self, alice, scope):
        connection = authenticate_connection(scope, "read")
        assert (connection.credentials, connection.raw_key) == (Credentials(alice), None)
        assert authenticate_again(connection, "192.0.2.7", "generate") is connection

    def test_a_key_counts_before_it(self, charlie, scope):
        row, key = make_key(charlie, "read")
        connection = authenticate_connection({**scope, "query_string": f"api_key={key}".encode()}, "read")
        assert connection.credentials == Credentials(charlie, row)

    def test_nothing_is_done_for_it_after_the_log_out(self, scope, browser):
        connection = authenticate_connection(scope, "read")
        browser.logout()
        with pytest.raises(WrongKey):
            authenticate_again(connection, "192.0.2.7", "generate")

    def test_nothing_is_done_for_a_suspended_user(self, scope, alice):
        connection = authenticate_connection(scope, "read")
        type(alice).objects.update(is_active=False)
        assert not is_still_valid(connection)

    def test_nothing_is_done_under_another_name_than_at_first(self, scope, browser, charlie):
        connection = authenticate_connection(scope, "read")
        session = browser.session
        session["_auth_user_id"], session["_auth_user_hash"] = str(charlie.pk), charlie.get_session_auth_hash()
        session.save()
        assert not is_still_valid(connection)

    def test_connections_and_commands_count_against_the_rate_limit_of_the_user(
        self, valkey, scope, charlie, monkeypatch
    ):
        monkeypatch.setitem(LIMITS, "api_call", Limit(3, 60, "tests"))
        connection = authenticate_connection(scope, "read")
        authenticate_connection(scope, "read")
        authenticate_again(connection, "192.0.2.7", "generate")
        with pytest.raises(RateLimited):
            authenticate_again(connection, "192.0.2.7", "generate")
        with pytest.raises(RateLimited):
            authenticate_connection(scope, "read")
        other = Client()
        other.force_login(charlie)
        authenticate_connection({**scope, "user": charlie, "session": other.session}, "read")

    @pytest.mark.usefixtures("valkey")
    def test_its_user_has_a_budget_of_web_seconds(self, scope, alice, settings, monkeypatch):
        monkeypatch.setitem(settings.ENV, "SDSITE_WEB_SECONDS", 2.0)
        connection = authenticate_connection(scope, "read")
        web_seconds.charge(alice.pk, 10)
        for attempt in (
            lambda: authenticate_connection(scope, "read"),
            lambda: authenticate_again(connection, "192.0.2.7", "generate"),
        ):
            with pytest.raises(RateLimited):
                attempt()


@pytest.mark.django_db
def test_a_key_that_lost_the_scope_read_is_no_longer_valid(alice):
    row, key = make_key(alice, "read")
    connection = authenticate_connection(knocking(authorization=f"Bearer {key}"), "read")
    assert is_still_valid(connection)
    row.scopes = ["generate"]
    row.save()
    assert not is_still_valid(connection)
