"""Devices and their precision, and the CPU core that is left free."""

import os

import pytest
import torch

from generation.pipelines.loading import devices
from generation.pipelines.loading.devices import Device, choose_device

CPU = Device("cpu", torch.float32)


def test_half_precision_depends_on_the_family():
    half = Device("cuda:0", torch.float16)
    assert half.dtype_for("sdxl") == torch.float16
    assert half.dtype_for("flux") == torch.bfloat16
    assert CPU.dtype_for("flux") == torch.float32


def test_a_missing_device_is_named():
    assert choose_device("cpu") == CPU
    with pytest.raises(ValueError, match=r"SDSITE_DEVICE=cuda:99: this machine has .*cpu"):
        choose_device("cuda:99")


def test_one_core_is_left_free(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(2)), raising=False)
    try:
        assert devices.reserve_a_core() == 1
        assert torch.get_num_threads() == 1
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
        assert devices.reserve_a_core() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine's driver works")
def test_a_driver_that_is_too_old_is_named_where_a_card_was_asked_for(monkeypatch):
    said = "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver"

    def init():
        raise RuntimeError(f"{said}\nby downloading one")

    monkeypatch.setattr(torch.cuda, "init", init)
    with pytest.raises(ValueError, match="SDSITE_DEVICE=cuda: this machine has cpu") as refused:
        choose_device("cuda")
    assert str(refused.value).endswith(f"({said}).")


def test_memory_is_measured_with_the_workers_that_share_it():
    measured = CPU.measure(device_workers=2, host_workers=3)
    assert (measured.kind, measured.device_workers, measured.host_workers) == ("cpu", 2, 3)
    assert 0 < measured.free == measured.host_free < measured.total == measured.host_total


def test_an_apple_accelerator_has_what_its_driver_recommends_and_has_not_given_away(monkeypatch):
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 1000)
    given = [300]
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: given[0])
    mps = Device("mps", torch.float16)
    assert mps.free_bytes() == 700
    given[0] = 1100
    assert mps.free_bytes() == 0


def test_what_the_allocator_has_reserved_and_does_not_use_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda name: (100, 1000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda name: 50)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda name: 20)
    measured = Device("cuda:1", torch.float16).measure()
    assert (measured.free, measured.reserved, measured.total) == (100, 30, 1000)
