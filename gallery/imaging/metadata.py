"""Encoding of images with metadata: infotext as A1111 writes it, and this site's own parameters and receipt."""

import io
import json
import logging
from typing import Any

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging import exif
from gallery.imaging.embedded_text import read_texts

logger = logging.getLogger(__name__)

PNG_COMPRESSION = 4  # level 6 takes twice as long for files 2 % smaller
SITE_KEY = "sdsite"
MOST_JPEG_EXIF = 65_533  # a segment states its length, two bytes of it included, in two bytes
CUT = " [...]"


def encode(
    image: Pillow.Image, *, image_format: str, quality: int, infotext: str, site_data: dict[str, Any] | None = None
) -> bytes:
    """Return `image` as a PNG, JPEG or WebP file that contains `infotext` and, as JSON, `site_data`.

    PNG: text chunks `parameters` and `sdsite` (tEXt, or iTXt where the text is not ASCII: programs disagree on whether
    tEXt is Latin-1 or UTF-8). JPEG and WebP: EXIF UserComment and maker note, see `exif.build`. A JPEG holds 64 kB of
    both: if they are longer, the `receipt` of `site_data` is left out, then all of `site_data`, and at last the longest
    lines of the infotext are cut.
    """
    buffer = io.BytesIO()
    if image_format == "png":
        info = PngInfo()
        _add_text(info, "parameters", infotext)
        if site_data:
            _add_text(info, SITE_KEY, _json(site_data))
        image.save(buffer, "PNG", pnginfo=info, compress_level=PNG_COMPRESSION)
        return buffer.getvalue()
    if image_format == "webp":
        image.save(buffer, "WEBP", method=2, quality=quality, exif=_exif(infotext, site_data))
    else:
        image.convert("RGB").save(buffer, "JPEG", quality=quality, exif=_exif_of_jpeg(infotext, site_data))
    return buffer.getvalue()


def read_infotext(data: bytes) -> str:
    """Return the infotext in a file; empty if it has none.

    Raises:
        gallery.imaging.embedded_text.UnreadableFile: `data` is not an image file that can hold texts.
    """
    return read_texts(data).get("parameters", "")


def _add_text(info: PngInfo, name: str, text: str) -> None:
    if text.isascii():
        info.add_text(name, text)
    else:
        info.add_itxt(name, text)


def _json(site_data: dict[str, Any]) -> str:
    return json.dumps(site_data, ensure_ascii=False, separators=(",", ":"))


def _exif(infotext: str, site_data: dict[str, Any] | None) -> bytes:
    return exif.build(infotext, _json(site_data).encode() if site_data else b"")


def _exif_of_jpeg(infotext: str, site_data: dict[str, Any] | None) -> bytes:
    without_receipt = {name: value for name, value in (site_data or {}).items() if name != "receipt"}
    for part in (site_data, without_receipt, None):
        block = _exif(infotext, part)
        if len(block) <= MOST_JPEG_EXIF:
            return block
    logger.info("the infotext of an image is longer than a JPEG holds and was cut; the row has all parameters")
    return _exif(_cut(infotext, MOST_JPEG_EXIF // 2 - 200), None)


def _cut(text: str, units: int) -> str:
    """Return `text` in at most `units` UTF-16 code units: the end of the longest line is cut until it fits."""
    lines = text.split("\n")
    while (excess := len("\n".join(lines).encode("utf-16-be")) // 2 - units) > 0:
        longest = max(range(len(lines)), key=lambda at: len(lines[at]))
        line = lines[longest].removesuffix(CUT)
        if not line:
            return text[: units // 2]
        # A character takes one code unit or two, so half of the excess is never too much.
        lines[longest] = line[: -max(1, (excess + len(CUT)) // 2)] + CUT
    return "\n".join(lines)
