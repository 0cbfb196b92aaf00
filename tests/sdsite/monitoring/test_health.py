"""What machines ask, and what they are told."""

import re

import pytest
from django.test import Client

from sdsite.accounts.api_keys import create_key
from sdsite.monitoring import health
from tests.support.factories import make_job


def test_a_living_process_answers_without_asking_anybody(client):
    # no `db` fixture: a query would fail the test
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_site_whose_parts_answer_is_ready(live_site, client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "parts": {"database": "ok", "queue": "ok"}}


def test_a_site_without_its_queue_is_not_ready_and_says_no_more(db, client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/secret-place.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "parts": {"database": "ok", "queue": "unreachable"}}
    assert "secret-place" not in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_only_read(client, path):
    assert client.post(path).status_code == 405


def test_every_part_is_asked():
    assert set(health.PARTS) == {"database", "queue"}


def bearer(user, *scopes):
    _, key = create_key(owner=user, name="prometheus", scopes=list(scopes))
    return {"Authorization": f"Bearer {key}"}


def test_metrics_are_for_staff_alone(alice, bob, client):
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert client.get("/metrics", headers=bearer(alice, "read")).status_code == 401
    assert client.get("/metrics", headers=bearer(bob, "generate")).status_code == 401
    assert client.get("/metrics", headers=bearer(bob, "read")).status_code == 200
    for user, status in ((alice, 401), (bob, 200)):
        browser = Client()
        browser.force_login(user)
        assert browser.get("/metrics").status_code == status


def number(text, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return found and float(found.group(1))


def test_metrics_count_rows(alice, bob, checkpoint, client):
    headers = bearer(bob, "read")
    before = client.get("/metrics", headers=headers).content.decode()
    make_job(alice, checkpoint)
    after = client.get("/metrics", headers=headers).content.decode()
    waiting = 'sdsite_jobs_waiting{lane="interactive"}'
    assert number(after, waiting) == number(before, waiting) + 1
    assert number(after, 'sdsite_part_up{part="database"}') == 1
    assert number(after, "sdsite_jobs_running") == 0
