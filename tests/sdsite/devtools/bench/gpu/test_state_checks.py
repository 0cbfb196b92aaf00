"""Checks of what runs at all see adapters that change the images after them."""

import pytest
import torch

from generation.pipelines.loading.devices import choose_device
from sdsite.devtools.bench.gpu import state_checks
from sdsite.devtools.bench.gpu.bench import GpuBench


@pytest.mark.nightly  # the same is asked of the fake accelerator every day
def test_adapters_leave_the_images_after_them_alone(bench):
    found = state_checks.adapters(bench)
    assert found["changed"] == []
    assert found["refused"] == [f"{mode}/bad: adapter_invalid" for mode in ("resident", "offload", "sequential")]


@pytest.mark.nightly
def test_every_sampler_and_family_generates(bench):
    assert state_checks.samplers(bench)["failed"] == []
    assert state_checks.versions(bench)["families"] == 3


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator to break")
def test_a_broken_device_is_noticed(bench):
    assert state_checks.broken_device(GpuBench(choose_device("cuda"), True, bench.folder))["noticed"]
