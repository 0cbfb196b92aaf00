"""Sign-ins, failed ones and sign-outs in the audit log: who and from where, never what was typed, and no flood."""

import pytest
from allauth.mfa.totp.internal import auth
from django.db import OperationalError, connection
from django.test import Client

from sdsite.accounts.models import AuditEvent
from sdsite.accounts.sessions import sign_ins
from sdsite.core import rate_limits
from tests.sdsite.accounts.sessions.conftest import FIREFOX
from tests.support.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

TYPED = "Gartenzwerg!Winter"


def attempt(name, password="wrong", address="203.0.113.1"):
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": FIREFOX})
    return client, client.post("/accounts/login/", {"login": name, "password": password})


def refusals():
    rows = AuditEvent.objects.filter(action="session.refused").order_by("pk")
    return [(row.target, row.address, row.detail["step"], row.detail["failures"]) for row in rows]


def test_a_sign_in_and_a_sign_out_say_who_by_what_and_from_where(alice):
    client, answer = attempt("ALICE", PASSWORD)
    assert answer.status_code == 302
    event = AuditEvent.objects.get(action="session.started")
    assert (event.actor, event.target, event.address, event.door) == (alice, "alice", "203.0.113.1", "page")
    assert event.detail == {"steps": ["password"], "device": "Firefox Windows"}
    client.post("/accounts/logout/")
    event = AuditEvent.objects.get(action="session.ended")
    assert (event.actor, event.target, event.detail["signed_out"]) == (alice, "alice", True)


@pytest.mark.usefixtures("alice")
def test_failures_name_accounts_of_the_site_and_nothing_else_that_was_typed():
    alice_mail = "alice@example.org"
    for name in ("alice", TYPED, alice_mail):
        attempt(name, password=TYPED)
    assert set(refusals()) == {("alice", "203.0.113.1", "password", 1), ("", "203.0.113.1", "password", 1)}
    assert "zwerg" not in str(list(AuditEvent.objects.values())).lower()


def test_many_failures_of_one_address_join(alice, monkeypatch):
    monkeypatch.setitem(rate_limits.LIMITS, "login", rate_limits.Limit(1000, 300, "many"))
    monkeypatch.setitem(rate_limits.LIMITS, "wrong_login", rate_limits.Limit(1000, 300, "many"))
    for number in range(12):
        attempt("alice" if number % 2 else f"nobody{number}")
    for _ in range(6):
        attempt("alice")
    attempt("alice", address="203.0.113.2")
    assert refusals() == [
        ("", "203.0.113.1", "password", 1),
        ("alice", "203.0.113.1", "password", 1),
        ("alice", "203.0.113.1", "password", 10),
        ("alice", "203.0.113.2", "password", 1),
    ]


def test_many_addresses_fill_no_table(alice, monkeypatch):
    monkeypatch.setattr(sign_ins, "MOST_ENTRIES", 3)
    for number in range(20):
        attempt("alice", address=f"198.51.100.{number}")
    left_out = AuditEvent.objects.filter(action="session.refused", detail__has_key="left_out")
    assert AuditEvent.objects.filter(action="session.refused").count() == 5
    assert sorted(left_out.values_list("detail__left_out", flat=True)) == [1, 10]


def test_without_redis_a_failure_is_recorded_once_in_its_time(alice, charlie, monkeypatch):
    monkeypatch.setattr(rate_limits, "ask", lambda name, question: None)
    for name in ("alice", "alice", "charlie"):
        attempt(name)
    assert [target for target, *_ in refusals()] == ["alice", "charlie"]


def test_wrong_codes_of_the_second_factor_are_recorded_and_a_sign_in_names_both_steps(alice):
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(alice, secret)
    client, _ = attempt("alice", PASSWORD)
    assert not AuditEvent.objects.filter(action="session.started").exists()
    client.post("/accounts/2fa/authenticate/", {"code": "wrong"})
    assert refusals() == [("alice", "203.0.113.1", "second factor", 1)]
    code = auth.format_hotp_value(auth.hotp_value(secret, list(auth.yield_hotp_counters_from_time())[-1]))
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert AuditEvent.objects.get(action="session.started").detail["steps"] == ["password", "totp"]


def test_nobody_is_kept_out_by_a_log_that_cannot_be_written(alice):
    def breaks(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "accounts_auditevent"'):
            raise OperationalError("disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(breaks):
        _, answer = attempt("alice", PASSWORD)
    assert answer.status_code == 302
    assert not AuditEvent.objects.filter(action="session.started").exists()


def test_second_factors_that_are_set_up_replaced_and_removed_are_told(alice, django_capture_on_commit_callbacks):
    client, _ = attempt("alice", PASSWORD)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = auth.format_hotp_value(auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):  # which is when allauth sends its signals
        client.post("/accounts/2fa/totp/activate/", {"code": code})
        client.post("/accounts/2fa/recovery-codes/generate/")
        client.post("/accounts/2fa/totp/deactivate/")
    events = list(AuditEvent.objects.filter(action__startswith="factor."))
    assert sorted((event.action, event.detail["kind"]) for event in events) == [
        ("factor.added", "recovery_codes"),
        ("factor.added", "totp"),
        ("factor.removed", "recovery_codes"),
        ("factor.removed", "totp"),
        ("factor.replaced", "recovery_codes"),
    ]
    assert {(event.actor, event.target) for event in events} == {(alice, "alice")}
    assert secret not in str([event.detail for event in events])
