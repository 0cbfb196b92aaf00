"""Only the adapters used last stay in memory."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.pipelines.adapters import weights_cache
from generation.pipelines.protocol import InputImages

IMAGE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def image():
    grid = np.indices((96, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


def test_only_the_last_few_weights_stay_in_memory(apply, weights, image):
    requested = {"model": "edges", "image": IMAGE}
    for seed in range(6):
        files = {("controlnet", "edges"): weights("controlnet", "sd", seed=seed, suffix="")}
        with apply("sd", files, InputImages(controls=(image,)), controls=[requested]):
            pass
    assert weights_cache.count() == weights_cache.KEPT
    with pytest.raises(torch.OutOfMemoryError), apply("sd", {}):
        raise torch.OutOfMemoryError("no")
    assert weights_cache.count() == 0
