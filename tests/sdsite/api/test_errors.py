"""Errors outside of single operations: unknown URLs, methods, unexpected exceptions."""

import logging

import pytest
from django.db import InterfaceError, OperationalError

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/nothing", "/jobs/", "/jobs/x/y/z", "/images/x", "/checkpoints/%00", "/checkpoints/a b", "/keys/a%0Ab"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_not_found_as_json(owner_client, method, path):
    response = owner_client.api(method, path)
    if response.status_code != 405:
        error_of(response, 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/jobs", "GET, POST"), ("POST", "/images", "GET"), ("OPTIONS", "/me", "GET")],
)
def test_an_unsupported_method_is_answered_with_the_supported_ones(owner_client, method, path, allowed):
    response = owner_client.api(method, path)
    error_of(response, 405, "method_not_allowed")
    assert response["Allow"] == allowed


@pytest.mark.parametrize("debug", [False, True])
def test_unexpected_errors_are_logged_and_not_shown(owner_client, monkeypatch, settings, caplog, debug):
    def broken():
        raise RuntimeError("the secret reason")

    settings.DEBUG = debug
    monkeypatch.setattr("generation.api.catalog.serialize_samplers", broken)
    with caplog.at_level(logging.ERROR, logger="sdsite.api.errors"):
        response = owner_client.api("GET", "/samplers")
    error_of(response, 500, "internal_error")
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content
    assert "the secret reason" in caplog.text


def test_unexpected_errors_of_asynchronous_operations_are_answered_the_same(owner_client, checkpoint, monkeypatch):
    def broken(**_):
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("generation.api.jobs.submit_job", broken)
    response = owner_client.api("POST", "/jobs", {"prompt": "a red heart"})
    error_of(response, 500, "internal_error")
    assert b"secret" not in response.content


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_no_fault_of_the_request(owner_client, monkeypatch, error):
    def away():
        raise error("the connection to the secret host is closed")

    monkeypatch.setattr("generation.api.catalog.serialize_samplers", away)
    response = owner_client.api("GET", "/samplers")
    error_of(response, 503, "unavailable")
    assert response["Retry-After"]
    assert b"secret" not in response.content


def test_errors_are_not_cached(owner_client):
    assert owner_client.api("GET", "/nothing")["Cache-Control"] == "no-store"
