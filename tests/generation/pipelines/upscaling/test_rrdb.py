"""RRDB networks of every layout compute what the papers say."""

import pytest
import torch

from generation.pipelines.upscaling.load import read
from tests.support.tiny import upscalers

IMAGE = torch.rand(1, 3, 12, 20, generator=torch.Generator().manual_seed(3))


# name: layout, blocks, doublings, folded, its factor
RRDB = {
    "real-esrgan x4": ("real-esrgan", 2, 2, 1, 4),
    "real-esrgan x2": ("real-esrgan", 1, 2, 2, 2),
    "real-esrgan x1": ("real-esrgan", 1, 2, 4, 1),
    "esrgan x4, second layout": ("esrgan", 2, 2, 1, 4),
    "bsrgan x2": ("esrgan", 1, 1, 1, 2),
    "esrgan x4, first layout": ("old", 3, 2, 1, 4),
    "esrgan x2, first layout": ("old", 1, 1, 1, 2),
    "esrgan x1, first layout": ("old", 1, 0, 1, 1),
    "esrgan x8, first layout": ("old", 1, 3, 1, 8),
}


@pytest.mark.parametrize("name", RRDB)
def test_rrdb_networks_of_every_layout_do_what_the_papers_say(tmp_path, name):
    layout, blocks, doublings, folded, factor = RRDB[name]
    shape = {"blocks": blocks, "doublings": doublings, "folded": folded}
    weights = upscalers.rrdb_weights(layout, **shape)
    net = read(upscalers.save(tmp_path / "net.safetensors", weights))
    assert (net.architecture, net.factor, net.features) == ("RRDBNet", factor, upscalers.FEATURES)
    wanted = upscalers.rrdb_forward(weights, IMAGE, layout, **shape)
    assert wanted.shape == (1, 3, 12 * factor, 20 * factor)
    assert torch.allclose(net.model(IMAGE), wanted, rtol=1e-4, atol=1e-4)
    assert wanted.std() > 0.01


def test_sides_that_do_not_fold_keep_their_size(tmp_path):
    net = read(upscalers.save(tmp_path / "net.safetensors", upscalers.rrdb_weights(folded=4)))
    assert net.model(IMAGE[..., :7, :9]).shape == (1, 3, 7, 9)
