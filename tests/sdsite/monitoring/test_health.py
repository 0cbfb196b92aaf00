"""Health checks."""

import sqlite3

import pytest

from sdsite.monitoring import health


def test_a_living_process_answers_without_asking_anybody(client):
    # no `db` fixture: a query would fail the test
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_site_whose_parts_answer_is_ready(live_site, client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "parts": {"database": "ok", "queue": "ok", "disk": "ok"}}


def test_a_site_without_its_queue_is_not_ready_and_says_no_more(db, client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/secret-place.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "parts": {"database": "ok", "queue": "unreachable", "disk": "ok"}}
    assert "secret-place" not in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_nearly_full_disk_is_said_and_leaves_the_site_ready(db, valkey_alone, client, settings):
    settings.ENV = {**settings.ENV, "SDSITE_FREE_MB": 1e12}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["disk"]) == (200, "nearly full")


def test_a_database_whose_file_was_removed_is_not_ready(db, client, tmp_path):
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("a server keeps its tables")
    empty = sqlite3.connect(tmp_path / "new.sqlite3", factory=type(connection.connection))
    kept, connection.connection = connection.connection, empty
    try:
        answer = client.get("/readyz")
    finally:
        connection.connection = kept
        empty.close()
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == "unreachable"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_only_read(client, path):
    assert client.post(path).status_code == 405


def test_every_part_is_asked():
    assert set(health.PARTS) == {"database", "queue"}
