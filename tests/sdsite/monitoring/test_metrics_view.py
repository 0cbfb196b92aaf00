"""Metrics: for staff alone, counted from rows."""

import re

from django.test import Client

from sdsite.accounts.api_keys import create_key
from tests.support.factories import make_job


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
