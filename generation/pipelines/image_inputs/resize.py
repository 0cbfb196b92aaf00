"""Resizing of input images to the size that is generated, by resize mode."""

from collections.abc import Callable, Mapping

from PIL import Image

Size = tuple[int, int]
BARS = "black"  # of a letterbox; a mask there is black too, so bars stay


def flatten(image: Image.Image) -> Image.Image:
    """Return `image` as RGB with transparent parts on white."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image.getchannel("A"))
    return background


def fit(image: Image.Image, size: Size, mode: str) -> Image.Image:
    """Return `image` (RGB or L) at `size` pixels; one of this size is returned as it is.

    Args:
        image: of any size.
        size: width and height.
        mode: "crop" (fills the size and cuts off the rest), "letterbox" (all of it, with black bars), or "stretch" (all
            of it, distorted).
    """
    return image if image.size == size else _MODES[mode](image, size)


def _crop(image: Image.Image, size: Size) -> Image.Image:
    scale = max(size[0] / image.width, size[1] / image.height)
    if scale == 1:  # whole pixels stay what they are
        left, top = (image.width - size[0]) // 2, (image.height - size[1]) // 2
        return image.crop((left, top, left + size[0], top + size[1]))
    wide, high = size[0] / scale, size[1] / scale
    x, y = (image.width - wide) / 2, (image.height - high) / 2
    return image.resize(size, _filter(image), box=(x, y, x + wide, y + high))


def _letterbox(image: Image.Image, size: Size) -> Image.Image:
    scale = min(size[0] / image.width, size[1] / image.height)
    shown = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    box = Image.new(image.mode, size, BARS)
    inner = image if shown == image.size else image.resize(shown, _filter(image))
    box.paste(inner, ((size[0] - shown[0]) // 2, (size[1] - shown[1]) // 2))
    return box


def _stretch(image: Image.Image, size: Size) -> Image.Image:
    return image.resize(size, _filter(image))


def _filter(image: Image.Image) -> Image.Resampling:
    # Lanczos rings at a mask's edges: black would no longer be all black.
    return Image.Resampling.BILINEAR if image.mode == "L" else Image.Resampling.LANCZOS


_MODES: Mapping[str, Callable[[Image.Image, Size], Image.Image]] = {
    "crop": _crop,
    "letterbox": _letterbox,
    "stretch": _stretch,
}
