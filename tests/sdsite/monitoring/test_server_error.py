"""Pages of requests that failed: what will pass is answered with 503."""

import errno

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils.html import strip_tags

from sdsite.accounts import site_settings
from sdsite.configuration import page
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (OperationalError("database or disk is full"), 503, "The disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "The disk is full"),
        (OperationalError("server closed the connection unexpectedly"), 503, "Try again in a moment"),
        (RuntimeError("a fault"), 500, "Server error"),
    ],
)
def test_the_page_says_what_happened(browser, error, status, says):
    make_user("dora")

    def fail(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE")):
            raise error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        answer = browser.post("/accounts/login/", {"login": "dora", "password": PASSWORD})
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert ("Retry-After" in answer.headers) is (status == 503)


@pytest.mark.parametrize(
    "error", [OperationalError("server closed the connection unexpectedly"), RuntimeError("a fault")]
)
def test_the_page_is_named_as_the_site_was_last(browser, error, monkeypatch):
    monkeypatch.setattr(page, "_last", page._last)  # of other tests
    site_settings.change(actor=None, changes={"name": "Night Studio"})
    browser.get("/accounts/login/")

    def fail(execute, sql, params, many, context):
        raise error

    with connection.execute_wrapper(fail):
        answer = browser.get("/explore/")
    assert answer.status_code >= 500
    said = strip_tags(answer.content.decode())
    assert "Night Studio" in said
    assert "sdsite" not in said
