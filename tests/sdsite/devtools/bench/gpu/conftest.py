"""A bench of tiny checkpoints on the CPU."""

import pytest

from generation.pipelines.loading.devices import choose_device
from sdsite.devtools.bench.gpu.bench import GpuBench


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    return GpuBench(choose_device("cpu"), tiny=True, folder=tmp_path_factory.mktemp("gpu-bench"))
