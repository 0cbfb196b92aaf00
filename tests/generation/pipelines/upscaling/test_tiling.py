"""Tiles cover an image once and leave no seams."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.pipelines.upscaling.load import read
from generation.pipelines.upscaling.tiling import LARGEST, SMALLEST, blend_weights, cuts, side_for, upscale_tiled
from tests.support.tiny import upscalers


def make_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(1, 3000), st.integers(32, 600), st.integers(1, 4))
def test_the_weights_of_all_tiles_add_up_to_one_at_every_pixel(length, tile, factor):
    total = np.zeros(length * factor)
    for cut in cuts(length, tile):
        assert cut.end - cut.start <= tile
        total[cut.start * factor : cut.end * factor] += blend_weights(cut, factor)
    assert np.allclose(total, 1, atol=1e-6)


def test_a_side_that_fits_is_not_cut():
    assert len(cuts(256, 256)) == 1


@pytest.mark.parametrize("size", [(40, 40), (150, 128), (129, 300)])
def test_tiled_upscaling_equals_untiled(tmp_path, size):
    """The receptive field of eight convolutions reaches eight pixels: a quarter of the overlap."""
    net = read(upscalers.save(tmp_path / "net.safetensors", upscalers.compact_weights(factor=2, depth=6)))
    pixels = make_image(*size)

    @torch.inference_mode()
    def upscale_tile(tile):
        return net.model(tile)

    whole = upscale_tiled(pixels, upscale_tile, factor=2, tile=1000)
    tiled = upscale_tiled(pixels, upscale_tile, factor=2, tile=128, overlap=32)
    assert whole.shape == (size[0] * 2, size[1] * 2, 3)
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 1


def blended_by_numpy(pixels, upscale_tile, *, factor, tile):
    """Return the image upscaled in tiles, blended in numpy on the host: the reference."""
    rows, columns = (cuts(length, tile) for length in pixels.shape[:2])
    total = np.zeros((pixels.shape[0] * factor, pixels.shape[1] * factor, 3), dtype=np.float32)
    for row in rows:
        band = np.zeros(((row.end - row.start) * factor, pixels.shape[1] * factor, 3), dtype=np.float32)
        for column in columns:
            seen = torch.from_numpy(pixels[row.start : row.end, column.start : column.end].copy())
            made = upscale_tile(seen.permute(2, 0, 1)[None].float() / 255)[0].permute(1, 2, 0).numpy().clip(0, 1)
            part = band[:, column.start * factor : column.end * factor]
            part += made * blend_weights(column, factor)[None, :, None]
        total[row.start * factor : row.end * factor] += band * blend_weights(row, factor)[:, None, None]
    return (total * 255).round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(40, 40), (150, 128), (129, 300)])
def test_bytes_are_those_of_blending_on_the_host(tmp_path, size):
    net = read(upscalers.save(tmp_path / "net.safetensors", upscalers.compact_weights(factor=2, depth=6)))
    pixels = make_image(*size)

    @torch.inference_mode()
    def upscale_tile(tile):
        return net.model(tile.contiguous())

    made = upscale_tiled(pixels, upscale_tile, factor=2, tile=64)
    assert np.array_equal(made, blended_by_numpy(pixels, upscale_tile, factor=2, tile=64))


def test_it_reports_how_many_tiles_are_done_and_may_be_stopped():
    told = []

    def on_tile(done, total):
        told.append((done, total))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upscale_tiled(make_image(100, 100), lambda tile: tile, factor=1, tile=64, on_tile=on_tile)
    assert told == [(1, 4), (2, 4), (3, 4)]


def test_the_tile_follows_the_free_memory():
    sides = [side_for(gib * 2**30, features=64, factor=4, itemsize=2) for gib in (0, 1, 8, 80)]
    assert sides == sorted(sides)
    assert sides[0] == SMALLEST
    assert sides[-1] == LARGEST
    assert 150 < sides[1] < 350
