"""The workers over the API: what they have, drain, unload, and who may."""

import time

import pytest
from django.contrib.auth.models import Permission

from generation.queue import worker_orders
from generation.queue.workers import FailedWorker, LiveWorker, report_failed_worker, report_worker
from generation.redis_client import connection
from tests.support.clients.api_client import error_of, knocking_as

STARTER = {"slug": "starter", "size_bytes": 9, "device_bytes": 8, "memory_mode": "resident"}


@pytest.fixture
def worker(valkey, db):
    report_worker(
        LiveWorker(
            "w1", ["batch"], "idle", None, "cuda:0", "starter", 1, time.time(), loaded=[STARTER], memory_total=99
        )
    )


@pytest.fixture
def api(root):
    return knocking_as(root, "admin")


def test_it_lists_the_live_ones_and_those_whose_device_failed(worker, api):
    now = time.time()
    report_failed_worker(FailedWorker("w0", "here, cuda:1", "cuda:1", "CUDA error: lost", now, next_try_at=now + 600))
    answer = api.api("GET", "/admin/workers").json()
    [one], [failed] = answer["items"], answer["failed"]
    assert (one["name"], one["loaded"], one["draining"], one["memory_total"]) == ("w1", [STARTER], False, 99)
    assert (failed["place"], failed["reason"]) == ("here, cuda:1", "CUDA error: lost")
    assert failed["failed_at"] < failed["next_try_at"]


def test_it_orders_what_it_is_told(worker, api):
    assert api.api("PATCH", "/admin/workers/w1", {"draining": True}).status_code == 202
    assert worker_orders.read_drain("w1") is True
    answer = api.api("POST", "/admin/workers/w1/unload", {"checkpoint": "starter"})
    assert (answer.status_code, answer.json()["name"]) == (202, "w1")
    assert worker_orders.take_unload("w1") == {"starter"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PATCH", "/w2", {"draining": True}, 404, "not_found"),
        ("POST", "/w1/unload", {"checkpoint": "large"}, 404, "not_found"),
        ("PATCH", "/w1", {}, 422, "invalid_parameters"),
        ("PATCH", "/w1", {"draining": "often"}, 422, "invalid_parameters"),
        ("PATCH", "/w1", {"draining": True, "speed": 2}, 422, "invalid_parameters"),
        ("POST", "/w1/unload", {"checkpoint": ""}, 422, "invalid_parameters"),
    ],
)
def test_bad_orders_are_refused(worker, api, method, path, body, status, code):
    error_of(api.api(method, f"/admin/workers{path}", body), status, code)
    assert worker_orders.read_drain("w1") is None


def test_looking_needs_another_permission_than_ordering(worker, bob, alice):
    bob.user_permissions.add(Permission.objects.get(codename="view_job"))
    key = knocking_as(bob, "admin")
    assert key.api("GET", "/admin/workers").status_code == 200
    error_of(key.api("PATCH", "/admin/workers/w1", {"draining": True}), 403, "not_allowed")
    error_of(key.api("POST", "/admin/workers/w1/unload", {"checkpoint": "starter"}), 403, "not_allowed")
    error_of(knocking_as(alice).api("GET", "/admin/workers"), 403, "forbidden_scope")


def test_without_redis_it_says_so(db, api, valkey_alone, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    connection.cache_clear()
    try:
        answer = api.api("GET", "/admin/workers")
    finally:
        connection.cache_clear()
    error_of(answer, 503, "redis_unavailable")
    assert answer["Retry-After"]
