"""What an adapter adds counts in every pass."""

import pytest

from generation.pipelines.protocol import InputImages
from tests.generation.pipelines.adapters.conftest import CASES, same

HIRES = {"hires": {"scale": 1.5, "steps": 2, "strength": 0.6, "upscaler": "lanczos"}}


@pytest.mark.parametrize("kind", ["lora", "controlnet", "refiner"])
def test_it_counts_in_every_pass(call, files, small, kind):
    requested = dict((one, requested) for one, _, requested in CASES)[kind] | HIRES
    drawn = call("sdxl", files(kind, "sdxl"), InputImages(controls=(small,)), **requested)
    assert drawn[0].shape == (96, 96, 3)
    assert not same(drawn[0], call("sdxl", **HIRES)[0])
