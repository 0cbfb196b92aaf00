"""An IP-Adapter gives what diffusers gives; one that does not fit changes nothing."""

import numpy as np
import pytest
from PIL import Image
from transformers import CLIPVisionModelWithProjection

from generation.errors import GenerationError
from generation.pipelines.protocol import InputImages
from tests.generation.pipelines.adapters.conftest import draw, same

PICTURE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def picture():
    grid = np.indices((96, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_picture_is_a_prompt_as_in_diffusers(load, bare, put_on, weights, picture, family):
    path = weights("ip_adapter", family, suffix="")
    loaded = load(family)
    before, attention = draw(loaded.pipe), dict(loaded.pipe.unet.attn_processors)
    requested = {"model": "like", "image": PICTURE, "weight": 0.8}
    with put_on(
        family, {("ip_adapter", "like"): path}, InputImages(ip_adapter=picture), ip_adapter=requested
    ) as applied:
        drawn = draw(applied.pipe, **applied.arguments)
    assert not same(drawn, before)
    assert loaded.pipe.unet.attn_processors == attention
    assert loaded.pipe.image_encoder is None
    assert same(draw(loaded.pipe), before)
    reference = bare(family)
    reference.register_modules(image_encoder=CLIPVisionModelWithProjection.from_pretrained(path / "image_encoder"))
    reference.load_ip_adapter(str(path), subfolder="", weight_name="ip-adapter.safetensors")
    reference.set_ip_adapter_scale(0.8)
    assert same(drawn, draw(reference, ip_adapter_image=picture))


@pytest.mark.parametrize(("family", "code"), [("sd", "adapter_invalid"), ("flux", "refused")])
def test_an_ip_adapter_that_does_not_fit_leaves_the_checkpoint_whole(load, put_on, weights, picture, family, code):
    before = draw(load(family).pipe)
    requested = {"model": "like", "image": PICTURE}
    files = {("ip_adapter", "like"): weights("ip_adapter", "sdxl", suffix="")}
    with (
        pytest.raises(GenerationError) as caught,
        put_on(family, files, InputImages(ip_adapter=picture), ip_adapter=requested) as applied,
    ):
        draw(applied.pipe, **applied.arguments)
    assert caught.value.code == code
    assert same(draw(load(family).pipe), before)
