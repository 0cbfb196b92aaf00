"""Rows of workers: links to their job, their jobs and their checkpoints, and the memory in use."""

import time

import pytest
from django.urls import reverse

from generation.queue.workers import LiveWorker, report_worker
from sdsite.admin.dashboard import workers
from tests.support.factories import make_job


@pytest.mark.django_db
def test_a_worker_links_to_its_neighbours(valkey, alice, checkpoint, as_root):
    loaded = [
        {"slug": slug, "size_bytes": 4_000_000_000, "device_bytes": 0, "memory_mode": "offloaded"}
        for slug in ("gone", "starter")
    ]
    job = make_job(alice, checkpoint)
    memory = {"loaded": loaded, "memory_free": 30, "memory_total": 120, "draining": True}
    report_worker(LiveWorker("w1", ["batch"], "busy", str(job.pk), "cuda:0", "starter", 1, time.time(), **memory))
    [row] = workers.live()
    assert row.job_url == reverse("admin:generation_job_change", args=[job.pk])
    assert [one.url for one in row.loaded] == [
        None,
        reverse("admin:generation_checkpoint_change", args=[checkpoint.pk]),
    ]
    assert row.memory_used == 75
    assert as_root.get(row.jobs_url).status_code == 200
    page = as_root.get(reverse("admin:index")).content.decode()
    assert "Let w1 claim again" in page
    assert "Unload starter of w1" in page
