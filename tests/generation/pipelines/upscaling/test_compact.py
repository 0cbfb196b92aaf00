"""Compact networks compute what the paper says."""

import pytest
import torch

from generation.pipelines.upscaling.load import read
from tests.support.tiny import upscalers

IMAGE = torch.rand(1, 3, 12, 20, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_compact_networks_do_what_the_paper_says(tmp_path, factor):
    weights = upscalers.compact_weights(factor=factor)
    net = read(upscalers.save(tmp_path / "net.safetensors", weights))
    assert (net.architecture, net.factor) == ("compact", factor)
    assert torch.allclose(net.model(IMAGE), upscalers.compact_forward(weights, IMAGE, factor=factor), atol=1e-5)
