"""Sums of memory: what decoding takes."""

import pytest

from generation.pipelines.loading.memory_budget import decodes_in_tiles, decoding_bytes

GIB = 2**30
MEGAPIXEL = 1024 * 1024


@pytest.mark.parametrize(
    ("family", "precision", "side", "images", "gib"),
    [
        ("sdxl", "half", 1024, 1, 3.0),  # its autoencoder is computed in float32
        ("sdxl", "half", 1024, 2, 6.0),
        ("sdxl", "half", 2048, 1, 12.0),
        ("sdxl", "quantized", 1024, 1, 3.0),
        ("sdxl", "bf16", 1024, 1, 1.5),
        ("sd", "half", 512, 16, 6.0),
        ("sd", "full", 1024, 1, 3.0),
        ("flux", "bf16", 1024, 1, 1.5),
    ],
)
def test_decoding_takes_bytes_by_family_precision_and_pixels(family, precision, side, images, gib):
    assert decoding_bytes(family, precision, side * side, images=images) == gib * GIB


def test_a_large_second_pass_is_decoded_in_tiles_where_the_first_is_not():
    first, second = (decoding_bytes("sdxl", "half", pixels) for pixels in (MEGAPIXEL, 4 * MEGAPIXEL))
    assert not decodes_in_tiles(first, 5 * GIB)
    assert decodes_in_tiles(second, 5 * GIB)
    assert not decodes_in_tiles(second, 16 * GIB)
