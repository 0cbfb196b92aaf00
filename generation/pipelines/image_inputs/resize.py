"""Bring a picture to the size that is drawn."""

from collections.abc import Callable, Mapping

from PIL import Image

Size = tuple[int, int]
BARS = "black"  # of a letterbox; a mask there is black too, so bars stay


def flat(picture: Image.Image) -> Image.Image:
    """Return `picture` as RGB, what is transparent laid on white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def fit(picture: Image.Image, size: Size, mode: str) -> Image.Image:
    """Return `picture` (RGB or L) at `size` pixels; one that has this size already is returned as it is.

    Args:
        picture: any size.
        size: width and height.
        mode: "crop" (fills the size, what is too much on two sides goes), "letterbox" (all of it, with black bars), or
            "stretch" (all of it, distorted).
    """
    return picture if picture.size == size else _MODES[mode](picture, size)


def _crop(picture: Image.Image, size: Size) -> Image.Image:
    scale = max(size[0] / picture.width, size[1] / picture.height)
    if scale == 1:  # whole pixels stay what they are
        left, top = (picture.width - size[0]) // 2, (picture.height - size[1]) // 2
        return picture.crop((left, top, left + size[0], top + size[1]))
    wide, high = size[0] / scale, size[1] / scale
    x, y = (picture.width - wide) / 2, (picture.height - high) / 2
    return picture.resize(size, _filter(picture), box=(x, y, x + wide, y + high))


def _letterbox(picture: Image.Image, size: Size) -> Image.Image:
    scale = min(size[0] / picture.width, size[1] / picture.height)
    shown = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    box = Image.new(picture.mode, size, BARS)
    inner = picture if shown == picture.size else picture.resize(shown, _filter(picture))
    box.paste(inner, ((size[0] - shown[0]) // 2, (size[1] - shown[1]) // 2))
    return box


def _stretch(picture: Image.Image, size: Size) -> Image.Image:
    return picture.resize(size, _filter(picture))


def _filter(picture: Image.Image) -> Image.Resampling:
    # Lanczos rings at a mask's edges: black would no longer be all black.
    return Image.Resampling.BILINEAR if picture.mode == "L" else Image.Resampling.LANCZOS


_MODES: Mapping[str, Callable[[Image.Image, Size], Image.Image]] = {
    "crop": _crop,
    "letterbox": _letterbox,
    "stretch": _stretch,
}
