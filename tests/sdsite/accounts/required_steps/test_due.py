"""Which step is due, at the doors of programs."""

import pytest

from generation.realtime.authentication import Connection, authenticate_again, authenticate_connection, why_ended
from generation.realtime.base_consumer import CLOSE_CODES
from sdsite.accounts.authentication import WrongKey
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.accounts.required_steps.due import SECOND_FACTOR, TERMS, StepDue, check_key, check_session, step_of
from sdsite.accounts.required_steps.terms import accept_terms
from tests.sdsite.accounts.required_steps.conftest import steps
from tests.support.clients.api_client import ApiClient, error_of, knocking_as, make_key
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user


def test_the_second_factor_comes_first():
    user = User(terms_due=True, second_factor_due=True)
    assert step_of(user) == SECOND_FACTOR
    user.second_factor_due = False
    assert step_of(user) == TERMS
    user.terms_due = False
    assert step_of(user) == ""
    check_session(user)


def test_keys_need_no_second_factor():
    check_key(User(second_factor_due=True))
    with pytest.raises(StepDue):
        check_session(User(second_factor_due=True))


@pytest.mark.parametrize("path", ["/api/v1/me", "/v1/models", "/sdapi/v1/samplers", "/object_info"])
def test_keys_are_refused_at_every_door_until_the_terms_are_accepted(alice, publish, settings, path):
    client, version = knocking_as(alice), publish()
    answer = client.get(path)
    assert answer.status_code == 403
    assert "terms of use" in answer.content.decode()
    accept_terms(version.number, user=alice)
    assert client.get(path).status_code == 200


def test_the_native_api_names_the_step(alice, careful, publish):
    client = knocking_as(alice)
    publish()
    error_of(client.api("GET", "/me"), 403, "terms_not_accepted")
    error_of(client.api("POST", "/jobs", {"prompt": "a cat"}), 403, "terms_not_accepted")
    browser = ApiClient()
    browser.force_login(alice)
    error_of(browser.api("GET", "/me"), 403, "terms_not_accepted")
    alice.groups.add(careful)
    error_of(browser.api("GET", "/me"), 403, "second_factor_required")


def test_files_and_metrics_are_refused_too(root, publish):
    _, key = make_key(root, "read")
    publish()
    headers = {"Authorization": f"Bearer {key}"}
    nowhere = "/images/00000000-0000-4000-8000-000000000000/file"
    assert ApiClient().get(nowhere, headers=headers).status_code == 403
    assert ApiClient().get("/metrics", headers=headers).status_code == 401


def test_a_key_of_one_who_never_logged_in_is_asked_too(publish):
    publish()
    dora = make_user("dora")
    assert steps(dora) == (False, False)
    error_of(knocking_as(dora).api("GET", "/me"), 403, "terms_not_accepted")


def test_an_open_websocket_takes_no_more_commands(alice, publish):
    client = client_of(alice)
    connection = Connection(Credentials(alice), session_key=client.session.session_key)
    assert authenticate_again(connection, "192.0.2.1") is connection
    publish()
    with pytest.raises(StepDue):
        authenticate_again(connection, "192.0.2.1")


def test_an_open_websocket_may_not_stay(alice, publish):
    _, key = make_key(alice, "read")
    session = Connection(Credentials(alice), session_key=client_of(alice).session.session_key)
    by_key = Connection(Credentials(alice), raw_key=key)
    assert [why_ended(one) for one in (session, by_key)] == [None, None]
    publish()
    assert [why_ended(one).code for one in (session, by_key)] == ["terms_not_accepted", "terms_not_accepted"]
    User.objects.filter(pk=alice.pk).update(terms_due=False, second_factor_due=True)
    assert why_ended(session).code == "second_factor_required"
    assert why_ended(by_key) is None  # a key is no password
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert [type(why_ended(one)) for one in (session, by_key)] == [WrongKey, WrongKey]


def test_a_new_websocket_is_refused_with_a_code_of_its_own(alice, publish):
    publish()
    alice.refresh_from_db()
    with pytest.raises(StepDue):
        authenticate_connection({"headers": [], "user": alice, "session": client_of(alice).session})
    assert CLOSE_CODES[StepDue] == 4403
