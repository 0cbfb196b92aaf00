"""The table of parts."""

import time

import pytest

from generation.queue.workers import FailedWorker, failed_workers, report_failed_worker
from sdsite.core.accelerators import NoSuchDevice
from sdsite.server.processes import ACCELERATOR, Maintenance, address, queue_parts, web_part, worker_part


def test_each_worker_sees_its_own_accelerator_alone(settings, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,MIG-7")
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": "cuda:0, cuda:1"}
    environs = [worker_part(number, Maintenance()).environ for number in (1, 2, 3)]
    assert [environ["SDSITE_DEVICE"] for environ in environs] == ["cuda:0"] * 3
    assert [environ["CUDA_VISIBLE_DEVICES"] for environ in environs] == ["4", "MIG-7", "4"]


@pytest.mark.parametrize(
    ("build", "workers", "devices", "cards"),
    [
        ("cuda", 3, ["cuda:0"] * 3, ["4", "MIG-7", "4"]),
        ("cuda", 1, [""], ["4,MIG-7"]),  # the best of them
        ("cpu", 2, ["", ""], ["4,MIG-7"] * 2),
    ],
)
def test_several_workers_spread_over_all_cards_where_none_is_named(
    settings, monkeypatch, build, workers, devices, cards
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,MIG-7")
    monkeypatch.setattr("sdsite.core.accelerators.torch_build", lambda: build)
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": "auto" if workers > 1 else ""}
    environs = [worker_part(number, Maintenance(), workers=workers).environ for number in range(1, workers + 1)]
    assert [environ["SDSITE_DEVICE"] for environ in environs] == devices
    assert [environ.get("CUDA_VISIBLE_DEVICES", "4,MIG-7") for environ in environs] == cards


def test_an_accelerator_that_is_not_there_is_refused_before_anything_starts(settings, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": "cuda:9"}
    with pytest.raises(NoSuchDevice, match="SDSITE_DEVICE=cuda:9: this machine has cuda:0, cpu"):
        worker_part(1, Maintenance())


@pytest.mark.parametrize(("wanted", "then"), [("", {"SDSITE_DEVICE": ACCELERATOR}), ("cpu", {})])
def test_a_worker_whose_accelerator_failed_does_not_go_on_with_the_cpu(settings, wanted, then):
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": wanted}
    part = worker_part(1, Maintenance())
    assert (part.environ["SDSITE_DEVICE"], part.environ_after_backoff) == (wanted, then)


def test_a_wait_is_noted_for_the_admin(monkeypatch, valkey):
    report_failed_worker(FailedWorker("w", "here, cuda:0", "cuda:0", "lost", time.time()))
    maintenance, began = Maintenance(), time.time()
    maintenance.worker_waits("w", 8.0)
    maintenance.worker_waits("another", 0.0)
    maintenance.note_next_tries()
    [failed] = failed_workers()
    assert began + 8 <= failed.next_try_at <= time.time() + 8


@pytest.mark.parametrize(
    ("device", "workers", "counts"),
    [
        ("", 1, ["1"]),
        ("", 2, ["2", "2"]),  # on a CPU; on cards each gets its own
        ("cuda:0,cuda:1", 2, ["1", "1"]),
        ("cuda, cuda:1", 3, ["2", "1", "2"]),
        ("cuda,cuda:0", 2, ["2", "2"]),
    ],
)
def test_each_worker_is_told_how_many_share_its_device_and_the_machine(settings, monkeypatch, device, workers, counts):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": device}
    told = [worker_part(number, Maintenance(), workers=workers).environ for number in range(1, workers + 1)]
    assert [one["SDSITE_DEVICE_WORKERS"] for one in told] == counts
    assert {one["SDSITE_HOST_WORKERS"] for one in told} == {str(workers)}


def test_settings_say_how_many_share_a_device_where_other_sites_use_it_too(settings):
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE_WORKERS": 3, "SDSITE_HOST_WORKERS": 4}
    told = worker_part(1, Maintenance()).environ
    assert (told["SDSITE_DEVICE_WORKERS"], told["SDSITE_HOST_WORKERS"]) == ("3", "4")


def test_every_start_of_a_worker_has_its_own_name():
    command = worker_part(1, Maintenance()).command
    assert command("first")[-2:] == ["--name", "first"]
    assert {"interactive", "batch"} <= set(command("second"))


def test_redis_url_replaces_the_embedded_valkey(settings):
    settings.ENV = {**settings.ENV, "REDIS_URL": "redis://elsewhere"}
    assert queue_parts() == []


def test_the_web_process_returns_large_blocks_of_memory():
    assert web_part("127.0.0.1", 8000).environ["MALLOC_MMAP_THRESHOLD_"] == "1048576"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://localhost:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("pictures.local", "http://pictures.local:8000/"),
    ],
)
def test_the_printed_address_can_be_opened(host, url):
    assert address(host, 8000) == url
