"""Only the adapters used last stay in memory."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
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
    each = sum(one.nbytes for one in load_file(next(weights("controlnet", "sd", suffix="").glob("*.safe*"))).values())
    assert weights_cache.device_bytes("cpu") == pytest.approx(weights_cache.KEPT * each, rel=0.01)
    assert weights_cache.device_bytes("cuda:0") == 0
    with pytest.raises(torch.OutOfMemoryError), apply("sd", {}):
        raise torch.OutOfMemoryError("no")
    assert weights_cache.count() == 0


SPOILT = [
    ("embedding", "sd", {"prompt": "a x-y heart"}, "*.safetensors"),
    ("vae", "sd", {"vae": "x"}, "diffusion*.safetensors"),
    ("controlnet", "sd", {"controls": [{"model": "x", "image": IMAGE, "preprocessor": "canny"}]}, "diff*.safetensors"),
    ("ip_adapter", "sd", {"ip_adapter": {"model": "x", "image": IMAGE}}, "image_encoder/*.safetensors"),
    ("refiner", "sdxl", {"refiner": {"checkpoint": "x", "start": 0.4}}, "unet/*.safetensors"),
]


@pytest.mark.parametrize(("kind", "family", "requested", "which"), SPOILT)
def test_nan_is_the_fault_of_the_adapter_whatever_its_kind(
    apply, files, small, tmp_path, kind, family, requested, which
):
    [(key, path)] = files(kind, family).items()
    if path.is_dir():
        spoilt = shutil.copytree(path, tmp_path / path.name)
        [weights] = spoilt.glob(which)
    else:
        spoilt = weights = shutil.copy(path, tmp_path / path.name)
    tensors = load_file(weights)
    name = next(name for name, one in tensors.items() if one.is_floating_point())
    save_file(tensors | {name: torch.full_like(tensors[name], float("nan"))}, weights, metadata={"format": "pt"})
    inputs = InputImages(controls=(small,) if kind == "controlnet" else (), ip_adapter=small)
    with pytest.raises(GenerationError, match="damaged") as caught, apply(family, {key: spoilt}, inputs, **requested):
        pass
    assert caught.value.code == "adapter_invalid"


def test_an_image_of_nan_blames_what_was_put_on(call, weights, tmp_path):
    huge = {name: one * 1e30 for name, one in load_file(weights("kohya_lora", "sd")).items()}
    save_file(huge, tmp_path / "ink.safetensors")
    with pytest.raises(GenerationError, match="with ink") as caught:
        call("sd", {("lora", "ink"): tmp_path / "ink.safetensors"}, loras=[{"name": "ink"}])
    assert caught.value.code == "adapter_invalid"
