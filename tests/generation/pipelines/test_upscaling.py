"""Upscaling by filters and by networks."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationError
from generation.pipelines.loading.devices import choose_device
from generation.pipelines.upscaling import upscale
from tests.support.tiny import upscalers as nets

CPU = choose_device("cpu")


def make_image(mode="RGB", size=(40, 24)):
    width, height = size
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(pixels, "RGBA").convert(mode)


def by_network(image, factor, assets, **more):
    return upscale(image, upscaler="net", factor=factor, assets=assets, device=CPU, **more)


def test_lanczos_is_pillows():
    image = make_image()
    wanted = image.resize((60, 36), Image.Resampling.LANCZOS)
    assert upscale(image, upscaler="lanczos", factor=1.5) == wanted


def test_nearest_repeats_pixels():
    upscaled = np.asarray(upscale(make_image(), upscaler="nearest", factor=3))
    assert np.array_equal(upscaled, np.asarray(make_image()).repeat(3, 0).repeat(3, 1))


@pytest.mark.parametrize("upscaler", ["lanczos", "nearest", "net"])
def test_factor_one_changes_nothing(asset, upscaler):
    image = make_image()
    assert upscale(image, upscaler=upscaler, factor=1, assets=asset(nets.doubling_weights()), device=CPU) is image


def test_a_network_that_adds_nothing_repeats_pixels(asset):
    upscaled = by_network(make_image(), 2, asset(nets.doubling_weights()))
    assert upscaled == upscale(make_image(), upscaler="nearest", factor=2)


@pytest.mark.parametrize(("factor", "runs"), [(1.5, 1), (2, 1), (3, 2), (4, 2), (8, 3)])
def test_a_network_runs_until_the_size_is_reached_and_lanczos_does_the_rest(asset, factor, runs):
    told = []
    upscaled = by_network(
        make_image(), factor, asset(nets.doubling_weights()), on_tile=lambda done, total: told.append(done)
    )
    assert len(told) == runs
    wanted = upscale(make_image(), upscaler="nearest", factor=2**runs)
    size = (round(40 * factor), round(24 * factor))
    assert upscaled == (wanted if wanted.size == size else wanted.resize(size, Image.Resampling.LANCZOS))


def test_a_network_of_factor_one_cleans_an_image(asset):
    weights = nets.compact_weights(factor=1)
    seen = torch.from_numpy(np.asarray(make_image()).copy()).permute(2, 0, 1)[None] / 255
    wanted = (nets.compact_forward(weights, seen, factor=1)[0].clamp(0, 1) * 255).round().permute(1, 2, 0).numpy()
    cleaned = by_network(make_image(), 1, asset(weights))
    assert np.abs(np.asarray(cleaned).astype(int) - wanted).max() <= 1
    assert cleaned != make_image()


@pytest.mark.parametrize("upscaler", ["lanczos", "net"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_kept(asset, upscaler, mode):
    image = make_image(mode)
    upscaled = upscale(image, upscaler=upscaler, factor=2, assets=asset(nets.doubling_weights()), device=CPU)
    assert upscaled.mode == "RGBA"
    assert upscaled.getchannel("A") == image.getchannel("A").resize(upscaled.size, Image.Resampling.LANCZOS)


def test_palettes_and_grey_become_colours(asset):
    for mode in ("P", "L", "1", "CMYK"):
        assert by_network(make_image("RGB").convert(mode), 2, asset(nets.doubling_weights())).mode == "RGB"
        assert upscale(make_image("RGB").convert(mode), upscaler="lanczos", factor=2).mode == "RGB"


@pytest.mark.parametrize("factor", [0.5, 8.5, float("nan")])
def test_other_factors_are_an_error(factor):
    with pytest.raises(ValueError, match="factor must be 1 to 8"):
        upscale(make_image(), upscaler="lanczos", factor=factor)


def test_a_missing_upscaler_is_named():
    with pytest.raises(GenerationError, match="upscaler anime-x4 is not on this site") as refused:
        upscale(make_image(), upscaler="anime-x4", factor=2)
    assert refused.value.code == "adapter_missing"
