"""Sums of memory on a device: what decoding takes.

Plain arithmetic over frozen dataclasses, without torch: callers measure, this module adds up.
"""

GIB = 2**30

# Peak bytes for each pixel while an autoencoder of the Stable Diffusion architecture decodes one image in one piece,
# by the bytes of a number: 3.0 GiB a megapixel in float32, half of it in 16 bit. Allocations of one decode were added
# up; workspace of the convolutions is not part of them, hence DECODING_MARGIN.
_DECODING_BYTES_A_PIXEL = {4: 3 * GIB // 2**20, 2: 3 * GIB // 2**21}
DECODING_MARGIN = 1.25
# Families whose autoencoder overflows in float16: diffusers decodes in float32 then (`force_upcast`).
_UPCAST = ("sdxl",)


def decoding_bytes(family: str, precision: str, pixels: int, *, images: int = 1) -> int:
    """Return the peak bytes, beside the weights, of decoding `images` images of `pixels` pixels each in one piece.

    Args:
        family: a key of the catalog.
        precision: of the resolved checkpoint: "full", "half", "bf16" or "quantized".
        pixels: width times height of an image.
        images: decoded at once; with slicing one image after another is, whatever the batch.
    """
    upcast = precision == "full" or (family in _UPCAST and precision in ("half", "quantized"))
    return _DECODING_BYTES_A_PIXEL[4 if upcast else 2] * pixels * images


def decodes_in_tiles(decoding: int, free_bytes: int) -> bool:
    """Return whether an image whose decoding takes `decoding` bytes must be decoded in tiles with `free_bytes` free."""
    return decoding * DECODING_MARGIN > free_bytes
