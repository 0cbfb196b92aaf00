"""An IP-Adapter gives what diffusers gives; one that does not fit changes nothing."""

import numpy as np
import pytest
from PIL import Image
from transformers import CLIPVisionModelWithProjection

from generation.errors import GenerationError
from generation.pipelines.protocol import InputImages
from tests.generation.pipelines.adapters.conftest import run_pipeline, same

IMAGE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def image():
    grid = np.indices((96, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_an_ip_adapter_gives_the_same_image_as_diffusers(load, bare, apply, weights, image, family):
    path = weights("ip_adapter", family, suffix="")
    loaded = load(family)
    before, attention = run_pipeline(loaded.pipe), dict(loaded.pipe.unet.attn_processors)
    requested = {"model": "like", "image": IMAGE, "weight": 0.8}
    with apply(family, {("ip_adapter", "like"): path}, InputImages(ip_adapter=image), ip_adapter=requested) as applied:
        generated = run_pipeline(applied.pipe, **applied.arguments)
    assert not same(generated, before)
    assert loaded.pipe.unet.attn_processors == attention
    assert loaded.pipe.image_encoder is None
    assert same(run_pipeline(loaded.pipe), before)
    reference = bare(family)
    reference.register_modules(image_encoder=CLIPVisionModelWithProjection.from_pretrained(path / "image_encoder"))
    reference.load_ip_adapter(str(path), subfolder="", weight_name="ip-adapter.safetensors")
    reference.set_ip_adapter_scale(0.8)
    assert same(generated, run_pipeline(reference, ip_adapter_image=image))


@pytest.mark.parametrize(("family", "code"), [("sd", "adapter_invalid"), ("flux", "refused")])
def test_an_ip_adapter_that_does_not_fit_leaves_the_checkpoint_unchanged(load, apply, weights, image, family, code):
    before = run_pipeline(load(family).pipe)
    requested = {"model": "like", "image": IMAGE}
    files = {("ip_adapter", "like"): weights("ip_adapter", "sdxl", suffix="")}
    with (
        pytest.raises(GenerationError) as caught,
        apply(family, files, InputImages(ip_adapter=image), ip_adapter=requested) as applied,
    ):
        run_pipeline(applied.pipe, **applied.arguments)
    assert caught.value.code == code
    assert same(run_pipeline(load(family).pipe), before)
