"""Enlarge finished pictures."""

from collections.abc import Callable, Mapping

from PIL import Image

from generation.parameters import catalog


def enlarge(image: Image.Image, *, upscaler: str, factor: int) -> Image.Image:
    """Return `image` enlarged `factor` times in both directions; 1 returns it unchanged.

    Args:
        image: any size.
        upscaler: a key of `catalog.UPSCALERS`.
        factor: 1, or one of the upscaler's factors.

    Raises:
        ValueError: the upscaler does not take this factor.
    """
    if factor == 1:
        return image
    row = catalog.UPSCALERS[upscaler]
    if factor not in row.factors:
        raise ValueError(f"{row.label} enlarges {', '.join(map(str, row.factors))} times; got {factor}")
    return _METHODS[upscaler](image, factor)


def _lanczos(image: Image.Image, factor: int) -> Image.Image:
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.LANCZOS)


_METHODS: Mapping[str, Callable[[Image.Image, int], Image.Image]] = {"lanczos": _lanczos}
