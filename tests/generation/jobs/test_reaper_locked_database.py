"""Who could not write a heartbeat because somebody held the database is not taken for dead."""

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.models import Job
from tests.support.factories import make_checkpoint, make_job, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one write lock for all"),
]


@pytest.fixture
def silent(no_worker):
    """A running job whose last heartbeat is older than the lease."""
    make_job(make_user("alice"), make_checkpoint(), steps=2)
    job = claim(worker="w", lanes=("interactive",))
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - reaper.LEASE - timedelta(seconds=1))
    return job


def test_nothing_is_taken_back_right_after_somebody_held_the_database(silent, monkeypatch):
    monkeypatch.setattr(reaper, "_blind_until", 0.0)
    holds, released = threading.Event(), threading.Event()

    def hold():
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            holds.set()
            released.wait(2 * reaper.WRITE_SECONDS)
            holder.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(10)
    assert reaper.reap() == 0  # it waited for the holder, as a worker's heartbeat did
    thread.join()
    assert reaper.reap() == 0
    monkeypatch.setattr(reaper, "_blind_until", 0.0)  # five seconds later
    assert reaper.reap() == 1
    silent.refresh_from_db()
    assert (silent.status, silent.losses) == ("queued", 1)
