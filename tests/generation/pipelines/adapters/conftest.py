"""One tiny adapter of each kind and family, and ways to draw with and without."""

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline

from generation.pipelines.adapters import applied
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.conftest import ask
from tests.support.tiny import adapters

CALL = {
    "prompt": "a red heart",
    "width": 64,
    "height": 64,
    "num_inference_steps": 2,
    "guidance_scale": 4.0,
    "output_type": "np",
}


def draw(pipe, *, seed=1, **more):
    """Return what a pipeline draws: an array (1, 64, 64, 3)."""
    pipe.set_progress_bar_config(disable=True)
    return pipe(**{**CALL, **more}, generator=torch.Generator().manual_seed(seed)).images


def same(first, second):
    return np.array_equal(np.asarray(first), np.asarray(second))


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Return a function that writes a tiny adapter once and returns its path."""
    root, made = tmp_path_factory.mktemp("adapters"), {}

    def write(builder, *args, suffix=".safetensors", **options):
        key = (builder, *args, *sorted(options.items()))
        if key not in made:
            path = root / f"{len(made)}-{builder}{suffix}"
            made[key] = getattr(adapters, builder)(*args, path, **options)
        return made[key]

    return write


@pytest.fixture
def load(checkpoints, cache):
    """Return a function that loads the tiny checkpoint of a family."""
    return lambda family: cache.get(checkpoints[family])


@pytest.fixture
def bare(checkpoints):
    """Return a function that loads the same checkpoint by diffusers alone."""
    left_out = {"sd3": {"text_encoder_3": None, "tokenizer_3": None}}
    return lambda family: DiffusionPipeline.from_pretrained(
        checkpoints[family].location, use_safetensors=True, **left_out.get(family, {})
    )


@pytest.fixture
def put_on(checkpoints, load):
    """Return a function that applies adapters: `put_on(family, assets, pictures, **wish)`."""

    def apply(family, assets, input_images=None, **requested):
        found = {(kind, name): WeightsSource(kind, name, path, family=family) for (kind, name), path in assets.items()}
        return applied(load(family), ask(checkpoints[family], **requested), found, input_images)

    return apply
