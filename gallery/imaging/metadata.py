"""Encode pictures with what they were made with: A1111's `parameters` for other tools, and this site's own receipt."""

import io
import json
import logging
from typing import Any

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging.embedded_text import EXIF_POINTER, MAKER_NOTE, USER_COMMENT, read_texts

logger = logging.getLogger(__name__)

UNICODE = b"UNICODE\x00"  # EXIF 2.3: the character code of a UserComment; what follows is UTF-16
PNG_COMPRESSION = 4  # 6 takes twice as long for 2 % less
SITE_KEY = "sdsite"
MOST_JPEG_EXIF = 65_533  # a segment says its length, itself included, in two bytes
CUT = " [...]"


def encode(
    image: Pillow.Image, *, image_format: str, quality: int, infotext: str, own: dict[str, Any] | None = None
) -> bytes:
    """Return `image` as a PNG, JPEG or WebP file that carries `infotext` and, as JSON, `own`.

    PNG: text chunks `parameters` and `sdsite` (tEXt, or iTXt where the text is not Latin-1). JPEG and WebP: EXIF
    UserComment, as UTF-16 big-endian behind the "UNICODE" code, and the maker's note. A JPEG has room for 64 kB of
    both: where they are longer, `own` goes first its `receipt` and then all of it, and last the text is cut in its
    first line that is long.
    """
    buffer = io.BytesIO()
    if image_format == "png":
        info = PngInfo()
        info.add_text("parameters", infotext)
        if own:
            info.add_text(SITE_KEY, _json(own))
        image.save(buffer, "PNG", pnginfo=info, compress_level=PNG_COMPRESSION)
        return buffer.getvalue()
    if image_format == "webp":
        image.save(buffer, "WEBP", method=2, quality=quality, exif=_exif(infotext, own))
    else:
        image.convert("RGB").save(buffer, "JPEG", quality=quality, exif=_exif_of_jpeg(infotext, own))
    return buffer.getvalue()


def read_infotext(data: bytes) -> str:
    """Return A1111's text out of a file; empty where there is none.

    Raises:
        gallery.imaging.embedded_text.UnreadableFile: `data` is no picture that carries texts.
    """
    return read_texts(data).get("parameters", "")


def _json(own: dict[str, Any]) -> str:
    return json.dumps(own, ensure_ascii=False, separators=(",", ":"))


def _exif(infotext: str, own: dict[str, Any] | None) -> bytes:
    exif = Pillow.Exif()
    details = exif.get_ifd(EXIF_POINTER)
    details[USER_COMMENT] = UNICODE + infotext.encode("utf-16-be")
    if own:
        details[MAKER_NOTE] = _json(own).encode()
    return exif.tobytes()


def _exif_of_jpeg(infotext: str, own: dict[str, Any] | None) -> bytes:
    without_receipt = {name: value for name, value in (own or {}).items() if name != "receipt"}
    for part in (own, without_receipt, None):
        exif = _exif(infotext, part)
        if len(exif) <= MOST_JPEG_EXIF:
            return exif
    logger.info("the settings of a picture are longer than a JPEG holds; its row has them whole")
    return _exif(_cut(infotext, MOST_JPEG_EXIF // 2 - 200), None)


def _cut(text: str, units: int) -> str:
    """Return `text` in at most `units` UTF-16 code units: the longest line loses its end until it fits."""
    lines = text.split("\n")
    while (excess := len("\n".join(lines).encode("utf-16-be")) // 2 - units) > 0:
        longest = max(range(len(lines)), key=lambda at: len(lines[at]))
        line = lines[longest].removesuffix(CUT)
        if not line:
            return text[: units // 2]
        # A character takes one code unit or two, so half of the excess is never too much.
        lines[longest] = line[: -max(1, (excess + len(CUT)) // 2)] + CUT
    return "\n".join(lines)
