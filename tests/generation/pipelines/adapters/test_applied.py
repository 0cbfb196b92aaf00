"""Adapters act in every pass of a call."""

import pytest

from generation.pipelines.protocol import InputImages
from tests.generation.pipelines.adapters.conftest import CASES, same

HIRES = {"hires": {"scale": 1.5, "steps": 2, "strength": 0.6, "upscaler": "lanczos"}}


@pytest.mark.parametrize("kind", ["lora", "controlnet", "refiner"])
def test_an_adapter_acts_in_every_pass(call, files, small, kind):
    requested = dict((one, requested) for one, _, requested in CASES)[kind] | HIRES
    generated = call("sdxl", files(kind, "sdxl"), InputImages(controls=(small,)), **requested)
    assert generated[0].shape == (96, 96, 3)
    assert not same(generated[0], call("sdxl", **HIRES)[0])
