"""Devices in `/system_stats`."""

import time

import pytest

from generation.queue import tickets
from generation.queue.workers import LiveWorker, report_worker

pytestmark = pytest.mark.django_db


def devices(comfy):
    found = comfy.get("/system_stats").json()["devices"]
    assert all(set(one) >= {"vram_total", "vram_free", "torch_vram_total", "torch_vram_free"} for one in found)
    return [(one["name"], one["type"], one["index"]) for one in found]


def report(*names):
    for number, name in enumerate(names):
        facts = {"lanes": ["interactive"], "state": "idle", "current_job_id": None, "checkpoint": None, "pid": 1}
        report_worker(LiveWorker(name=f"w{number}", device=name, seen_at=time.time(), **facts))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("cuda:1", "cpu", "cuda:0", "cpu"), [("cpu", "cpu", None), ("cuda:0", "cuda", 0), ("cuda:1", "cuda", 1)]),
        (("mps",), [("mps", "mps", None)]),
        ((), [("cpu", "cpu", None)]),
    ],
)
def test_devices_are_those_of_the_workers(comfy, valkey, names, told):
    report(*names)
    assert devices(comfy) == told


def test_without_redis_the_device_is_a_cpu(comfy, monkeypatch):
    def away():
        raise tickets.RedisError

    monkeypatch.setattr("sdsite.api.compat.comfyui.views.live_workers", away)
    assert devices(comfy) == [("cpu", "cpu", None)]
