"""Decoding of untrusted image files to upright RGB or RGBA images.

The only place where files from outside are decoded. The first bytes decide the format of a file, never its name or an
HTTP header. Of animations and documents with several pages the first frame is taken.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from gallery.imaging.decode_limits import MOST_PIXELS, reserve_pixels

# Formats that Pillow may try, and their names for people.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
FORMAT_NAMES = "PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
LONGEST_SIDE = 32_768  # of a narrow image: one long side alone can make later steps expensive
HEAD = 64  # bytes that are enough to detect the format of a file


class UnusableImage(ValueError):
    """A file that is not an image, or not one that the site accepts; the message is a sentence for people.

    It says "the image"; a caller that knows the field names it.
    """


def open_image(data: bytes, *, most_bytes: int | None = None) -> Image.Image:
    """Return the image in `data`: mode RGB, or RGBA if any pixel is transparent.

    It is turned upright by its EXIF orientation, converted to sRGB if it has another ICC profile, has 8 bits a channel
    (16-bit values are scaled) and no metadata. Images of 1x1 pixel are accepted.

    Args:
        data: The file.
        most_bytes: Largest size of the file; None for one of the site's own.

    Raises:
        UnusableImage: The file is empty, larger than `most_bytes`, over MOST_PIXELS or LONGEST_SIDE (checked before
            anything is decoded), in none of FORMATS, truncated or broken.
    """
    if not data:
        raise UnusableImage("The image is empty: no bytes were sent.")
    if most_bytes is not None and len(data) > most_bytes:
        raise UnusableImage(f"The image file must be at most {_mb(most_bytes)}; it has {_mb(len(data))}.")
    try:
        with reserve_pixels(data), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(*image.size)
            image.load()
            return _without_metadata(_in_srgb(_upright(image)))
    except (UnusableImage, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise UnusableImage(f"The image must be {FORMAT_NAMES}; {_describe(data)}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableImage(f"The image must have at most {MOST_PIXELS // 10**6} million pixels.") from error
    except Exception as error:  # Pillow's readers raise nearly any exception for a broken file
        raise UnusableImage("The image is truncated or broken; save it again and send that file.") from error


def looks_like_image(head: bytes) -> bool:
    """Tell whether a file that begins with `head` (HEAD bytes, or all of it) may be one that `open_image` accepts."""
    return any(begins(head) for begins in _BEGINNINGS.values())


def detect_format(data: bytes) -> str:
    """Return the format of an image file by its first bytes: "png", "jpeg", "webp", ...; empty for other files."""
    return next((name.lower() for name, begins in _BEGINNINGS.items() if begins(data[:HEAD])), "")


def flatten_on_white(image: Image.Image) -> Image.Image:
    """Return `image` as RGB, composited on white where it is transparent: pipelines know no alpha channel."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image.getchannel("A"))
    return background


_BEGINNINGS: Mapping[str, Callable[[bytes], bool]] = {
    "PNG": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "JPEG": lambda head: head.startswith(b"\xff\xd8\xff"),
    "WEBP": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "GIF": lambda head: head[:6] in (b"GIF87a", b"GIF89a"),
    "BMP": lambda head: head.startswith(b"BM"),
    "TIFF": lambda head: head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "AVIF": lambda head: head[4:8] == b"ftyp" and any(brand in head[8:HEAD] for brand in (b"avif", b"avis")),
}

# Files that are often sent instead: their description -> the test for it.
_OTHERS: Mapping[str, Callable[[bytes], bool]] = {
    "it is an SVG drawing": lambda data: b"<svg" in data[:4096].lower(),
    "it is a PDF document": lambda data: b"%PDF-" in data[:1024],
    "it is a web page": lambda data: b"<html" in data[:4096].lower() or b"<!doctype" in data[:4096].lower(),
    "it is a HEIC photograph": lambda data: data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif"),
    "it begins like one but is truncated or broken": lambda data: looks_like_image(data[:HEAD]),
}


def _describe(data: bytes) -> str:
    return next((words for words, is_it in _OTHERS.items() if is_it(data)), "it is something else")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        most = f"{MOST_PIXELS // 10**6} million pixels"
        raise UnusableImage(f"The image must have at most {most}; it is {width}x{height}.")
    if max(width, height) > LONGEST_SIDE:
        raise UnusableImage(f"The image must be at most {LONGEST_SIDE} pixels wide and high; it is {width}x{height}.")


def _upright(image: Image.Image) -> Image.Image:
    with suppress(Exception):  # broken EXIF does not make the pixels unusable
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    plain = _eight_bits(image)
    if not profile:
        return _rgb(plain)
    if plain.mode not in ("L", "RGB", "RGBA", "CMYK"):
        plain = _rgb(plain)
    with suppress(Exception):  # a broken profile, or one for other channels: the values are taken as sRGB
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Converting sRGB to sRGB would change single values by rounding.
        if "srgb" not in ImageCms.getProfileDescription(own).lower():
            target = "RGBA" if plain.mode == "RGBA" else "RGB"
            done = ImageCms.profileToProfile(plain, own, ImageCms.createProfile("sRGB"), outputMode=target)
            return _rgb(done) if done is not None else _rgb(plain)
    return _rgb(plain)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return 16-bit and floating-point greyscale as L, other modes unchanged. Floats are taken as 0 to 1."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.mode == "F":
        return image.point(lambda value: value * 255 + 0.5).convert("L")
    return image


def _rgb(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return clear if clear.getchannel("A").getextrema() != (255, 255) else clear.convert("RGB")


def _without_metadata(image: Image.Image) -> Image.Image:
    plain = image if type(image) is Image.Image else image.copy()  # subclasses keep metadata of the file
    plain.info = {}
    return plain


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
