"""The factor of an upscaler, read from shapes: what the loaded network has."""

import pytest

from generation.pipelines.upscaling.load import read
from generation.weights.adapter_inspection import inspect_weights
from generation.weights.upscaler_scale import read_scale
from tests.support.tiny.upscalers import LAYOUTS, compact_weights, rrdb_weights, save

NETWORKS = {
    **{
        f"{name} {doublings}": rrdb_weights(name, doublings=doublings) for name in LAYOUTS for doublings in (0, 1, 2, 3)
    },
    "folded to 2": rrdb_weights(doublings=2, folded=2),
    "folded to 1": rrdb_weights(doublings=2, folded=4),
    "averaged": rrdb_weights(doublings=2, prefix="params_ema."),
    **{f"compact {factor}": compact_weights(factor=factor) for factor in (1, 2, 4)},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_factor_is_that_of_the_loaded_network(tmp_path, name):
    path = tmp_path / "network.safetensors"
    save(path, NETWORKS[name])
    assert inspect_weights("upscaler", path).meta == {"scale": read(path).factor}


@pytest.mark.parametrize("shapes", [{}, {"conv_first.weight": (8,)}, {"layers.0.weight": (8, 8, 3, 3)}])
def test_other_networks_state_none(shapes):
    assert read_scale(shapes) is None
