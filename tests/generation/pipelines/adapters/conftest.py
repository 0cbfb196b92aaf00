"""One tiny adapter of each kind and family, and functions that generate images with and without."""

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from generation.errors import GenerationError
from generation.pipelines.adapters import apply_adapters
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.tiny import adapters

CALL = {
    "prompt": "a red heart",
    "width": 64,
    "height": 64,
    "num_inference_steps": 2,
    "guidance_scale": 4.0,
    "output_type": "np",
}


def run_pipeline(pipe, *, seed=1, **more):
    """Return the image of a pipeline: an array (1, 64, 64, 3)."""
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
def apply(checkpoints, load):
    """Return a context manager: `apply(family, assets, input_images, **requested)`."""

    def apply_to(family, assets, input_images=None, **requested):
        found = {(kind, name): WeightsSource(kind, name, path, family=family) for (kind, name), path in assets.items()}
        return apply_adapters(load(family), ask(checkpoints[family], **requested), found, input_images)

    return apply_to


IMAGE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def small():
    grid = np.indices((64, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


@pytest.fixture
def call(checkpoints, cache):
    """Return a function that generates two images: `call(family, {(kind, name): path}, input_images, **requested)`."""

    def run(family, assets=None, input_images=None, hooks=None, **requested):
        source = checkpoints[family]
        part = Part(
            ask(source, **{"steps": 3, **requested}), (0, 1), hooks or Recorder(), input_images or InputImages()
        )
        found = {key: WeightsSource(*key, path, family=family) for key, path in (assets or {}).items()}
        [generated] = generate(source, [part], timings=Timings(), cache=cache, assets=found)
        if isinstance(generated, GenerationError):
            raise generated
        return [np.asarray(one.image) for one in generated]

    return run


CASES = [
    ("lora", "sd", {"loras": [{"name": "x"}]}),
    ("embedding", "sdxl", {"prompt": "a (x-y:1.2) heart"}),
    ("vae", "sd", {"vae": "x"}),
    ("controlnet", "sdxl", {"controls": [{"model": "x", "image": IMAGE, "preprocessor": "canny"}]}),
    ("ip_adapter", "sd", {"ip_adapter": {"model": "x", "image": IMAGE}}),
    ("refiner", "sdxl", {"refiner": {"checkpoint": "x", "start": 0.4}}),
]


BUILDERS = {"lora": "kohya_lora", "vae": "autoencoder"}


SUFFIXES = {"lora": ".safetensors", "embedding": ".safetensors"}


@pytest.fixture
def files(weights):
    def find(kind, family):
        family = () if kind == "refiner" else (family,)
        path = weights(BUILDERS.get(kind, kind), *family, suffix=SUFFIXES.get(kind, ""))
        return {(kind, "x-y" if kind == "embedding" else "x"): path}

    return find
