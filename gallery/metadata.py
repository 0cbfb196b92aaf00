"""Encode pictures with the text that other tools read settings from (A1111's `parameters`)."""

import io

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

USER_COMMENT = 0x9286
EXIF_POINTER = 0x8769
UNICODE = b"UNICODE\x00"  # EXIF 2.3: the character code of a UserComment; what follows is UTF-16
PNG_COMPRESSION = 4  # 6 takes twice as long for 2 % less


def encode(image: Pillow.Image, *, image_format: str, quality: int, infotext: str) -> bytes:
    """Return `image` as a PNG, JPEG or WebP file that carries `infotext`.

    PNG: a `parameters` text chunk (tEXt, or iTXt where the text is not Latin-1). JPEG and WebP: EXIF UserComment,
    as UTF-16 big-endian behind the "UNICODE" code.
    """
    buffer = io.BytesIO()
    if image_format == "png":
        info = PngInfo()
        info.add_text("parameters", infotext)
        image.save(buffer, "PNG", pnginfo=info, compress_level=PNG_COMPRESSION)
        return buffer.getvalue()
    exif = Pillow.Exif()
    exif.get_ifd(EXIF_POINTER)[USER_COMMENT] = UNICODE + infotext.encode("utf-16-be")
    options = {"quality": quality, "exif": exif.tobytes()}
    if image_format == "webp":
        image.save(buffer, "WEBP", method=2, **options)
    else:
        image.convert("RGB").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def read_infotext(data: bytes) -> str:
    """Return the text that `encode` put into a file; empty where there is none.

    Raises:
        PIL.UnidentifiedImageError: `data` is no image.
    """
    with Pillow.open(io.BytesIO(data)) as image:
        image.load()
        if "parameters" in image.info:
            return str(image.info["parameters"])
        comment = image.getexif().get_ifd(EXIF_POINTER).get(USER_COMMENT, b"")
    return comment[len(UNICODE) :].decode("utf-16-be") if comment.startswith(UNICODE) else ""
