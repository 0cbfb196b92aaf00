"""Calls with images that differ, calls that upscale before or after, and results out of range."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.pipelines.upscaling import upscalers_on, use_tile
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.tiny import adapters, upscalers

ANY = "upload:00000000-0000-4000-8000-000000000000"
FROM_IMAGE = {"task": "image_to_image", "init_image": ANY, "strength": 0.5}


def run(source, cache, parameters, indices=(0,), hooks=None, input_images=None, assets=None, timings=None):
    part = Part(parameters, tuple(indices), hooks or Recorder(), input_images or InputImages())
    [images] = generate(source, [part], timings=timings or Timings(), cache=cache, assets=assets or {})
    if isinstance(images, GenerationError):
        raise images
    return images


def pixels(image):
    return np.asarray(image.image)


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_a_variation_of_strength_one_is_the_image_of_the_variation_seed(checkpoints, cache, family):
    source = checkpoints[family]
    [other] = run(source, cache, ask(source, seed=8))
    [same] = run(source, cache, ask(source, seed=7, variation_seed=8, variation_strength=1))
    [between] = run(source, cache, ask(source, seed=7, variation_seed=8, variation_strength=0.3))
    assert np.array_equal(pixels(same), pixels(other))
    assert not np.array_equal(pixels(between), pixels(other))


def test_images_with_different_prompts_share_a_call(checkpoints, cache):
    source = checkpoints["sd"]
    parameters = ask(source, prompt="a {red|green|blue} heart", count=3, seed=1)
    assert len(set(parameters.image_prompts)) > 1
    together = run(source, cache, parameters, range(3))
    assert [image.position for image in together] == [0, 1, 2]
    for image, prompt in zip(together, parameters.image_prompts, strict=True):
        [alone] = run(source, cache, ask(source, prompt=prompt, seed=image.seed))
        assert np.abs(pixels(alone).astype(int) - pixels(image)).max() <= 2


@pytest.fixture
def net(asset):
    """Assets with an upscaler that repeats pixels."""
    return asset(upscalers.doubling_weights())


def noise(side):
    return Image.effect_noise((side, side), 60).convert("RGB")


def test_the_seconds_of_an_image_are_those_of_its_call_and_of_finishing_it(checkpoints, cache):
    timings = Timings()
    [image] = run(checkpoints["sd"], cache, ask(checkpoints["sd"]), timings=timings)
    assert image.seconds > sum(timings.seconds[part] for part in ("encode", "denoise", "decode"))


def test_a_network_upscales_the_finished_image(checkpoints, cache, net):
    source = checkpoints["sd"]
    [plain] = run(source, cache, ask(source))
    [larger] = run(source, cache, ask(source, upscaler="net", upscale_by=2), assets=net)
    assert np.array_equal(pixels(larger), pixels(plain).repeat(2, 0).repeat(2, 1))


def test_an_init_image_that_is_too_small_is_upscaled_as_requested(checkpoints, cache, net):
    source, small = checkpoints["sd"], noise(32)
    [found] = run(
        source, cache, ask(source, **FROM_IMAGE, init_upscaler="net"), input_images=InputImages(small), assets=net
    )
    repeated = small.resize((64, 64), Image.Resampling.NEAREST)
    [wanted], [resized] = (
        run(source, cache, ask(source, **FROM_IMAGE), input_images=InputImages(init)) for init in (repeated, small)
    )
    assert np.array_equal(pixels(found), pixels(wanted))
    assert not np.array_equal(pixels(found), pixels(resized))


@pytest.mark.parametrize(("area", "side"), [("masked", 32), ("whole", 64)])
def test_an_init_image_of_which_a_part_is_generated_keeps_its_size(checkpoints, cache, net, area, side):
    source, mask = checkpoints["sd"], Image.new("L", (32, 32))
    mask.paste(255, (8, 8, 24, 24))
    fields = {**FROM_IMAGE, "task": "inpaint", "mask_image": ANY, "mask_area": area, "init_upscaler": "net"}
    [found] = run(source, cache, ask(source, **fields), input_images=InputImages(noise(32), mask), assets=net)
    assert found.image.size == (side, side)


@pytest.mark.parametrize(
    ("fields", "init"),
    [({**FROM_IMAGE, "init_upscaler": "net"}, noise(48)), ({"upscaler": "net", "upscale_by": 2}, None)],
)
def test_cancelling_takes_effect_between_two_tiles_before_and_after_the_passes(checkpoints, cache, net, fields, init):
    source, hooks, tiles = checkpoints["sd"], Recorder(), []
    upscalers_on(cache.device).get(net["upscaler", "net"]).model.register_forward_hook(lambda *_: tiles.append(1))
    hooks.is_cancelled = lambda: bool(tiles)
    use_tile(32)
    try:
        with pytest.raises(GenerationCancelled):
            run(source, cache, ask(source, **fields), hooks=hooks, input_images=InputImages(init), assets=net)
    finally:
        use_tile(0)
    assert len(tiles) == 1


def test_numbers_out_of_range_with_adapters_name_them(checkpoints, cache, tmp_path):
    source = checkpoints["sd"]
    path = adapters.kohya_lora("sd", tmp_path / "ink.safetensors")
    assets = {("lora", "ink"): WeightsSource("lora", "ink", path, family="sd")}
    weight = next(cache.get(source).pipe.vae.decoder.parameters())
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.fill_(float("nan"))
    try:
        with pytest.raises(GenerationError, match="sd with ink gave numbers out of range") as caught:
            run(source, cache, ask(source, loras=[{"name": "ink"}]), assets=assets)
    finally:
        with torch.no_grad():
            weight.copy_(kept)
    assert caught.value.code == "adapter_invalid"
