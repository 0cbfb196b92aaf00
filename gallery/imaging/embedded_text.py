"""Texts inside an image file, read without decoding a pixel.

Only the container is parsed (PNG chunks, JPEG segments, RIFF chunks), so an image of a thousand megapixels, or one
whose pixels are broken, costs no more than its bytes.
"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image as Pillow

MOST_TEXT_BYTES = 4 * 2**20  # of one text, and of all texts of a file together
MAKER_NOTE = 0x927C
USER_COMMENT = 0x9286
EXIF_POINTER = 0x8769
_DESCRIPTIONS = (0x010E, 0x010F, 0x0110)  # ImageDescription, Make, Model: where ComfyUI puts "prompt:{...}"
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_KEYWORD = 79


class UnreadableFile(ValueError):
    """A file whose texts cannot be read; the message says why in a sentence for people."""


def read_texts(data: bytes) -> dict[str, str]:
    """Return the texts of a PNG, JPEG or WebP file by name.

    PNG: each tEXt, zTXt and iTXt chunk by its keyword. JPEG and WebP: EXIF's UserComment as `parameters`, the maker
    note (where this site writes its receipt) as `sdsite`, and a description that looks like "name:{...}" by that name.

    Raises:
        UnreadableFile: not a PNG, JPEG or WebP file, a truncated one, or texts of more than MOST_TEXT_BYTES.
    """
    if data.startswith(_PNG):
        return _png_texts(data)
    try:
        if data.startswith(b"\xff\xd8"):
            return _exif_texts(next(_jpeg_exif(data), b""))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _exif_texts(next(_webp_exif(data), b""))
    except struct.error as error:
        raise UnreadableFile("The file is truncated.") from error
    raise UnreadableFile("The file is not a PNG, JPEG or WebP image.")


def _png_texts(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    left, at = MOST_TEXT_BYTES, len(_PNG)
    while at < len(data):
        if at + 12 > len(data):
            raise UnreadableFile("The file is truncated.")
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            break
        if at + 12 + length > len(data):
            raise UnreadableFile("The file is truncated.")
        if kind in _PNG_READERS:
            keyword, _, rest = data[at + 8 : at + 8 + length].partition(b"\x00")
            if 0 < len(keyword) <= _LONGEST_KEYWORD:
                text = _PNG_READERS[kind](rest, left)
                left -= len(text)
                texts.setdefault(keyword.decode("latin-1"), text)
        at += 12 + length
    return texts


def _plain(rest: bytes, left: int) -> str:
    return _within(rest, left).decode("latin-1")


def _compressed(rest: bytes, left: int) -> str:
    return _inflate(rest[1:], left).decode("latin-1")


def _international(rest: bytes, left: int) -> str:
    compressed, rest = rest[:1] == b"\x01", rest[2:]
    text = rest.split(b"\x00", 2)[-1]  # after language and translated keyword
    return (_inflate(text, left) if compressed else _within(text, left)).decode("utf-8", "replace")


_PNG_READERS = {b"tEXt": _plain, b"zTXt": _compressed, b"iTXt": _international}


def _within(text: bytes, left: int) -> bytes:
    if len(text) > left:
        raise UnreadableFile(f"The texts in the file are larger than {MOST_TEXT_BYTES // 2**20} MiB.")
    return text


def _inflate(data: bytes, left: int) -> bytes:
    try:
        return _within(zlib.decompressobj().decompress(data, left + 1), left)  # a small chunk may expand to gigabytes
    except zlib.error as error:
        raise UnreadableFile("A compressed text in the file is broken.") from error


def _jpeg_exif(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF segments before the pixels."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise UnreadableFile("The JPEG file is broken before its pixels.")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in (0xDA, 0xD9):  # pixels, end
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        segment = data[at + 4 : at + 2 + length]
        if marker == 0xE1 and segment.startswith(b"Exif\x00\x00"):
            yield segment[6:]
        at += 2 + length


def _webp_exif(data: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            yield _within(data[at + 8 : at + 8 + length], MOST_TEXT_BYTES).removeprefix(b"Exif\x00\x00")
        at += 8 + length + length % 2


def _exif_texts(tiff: bytes) -> dict[str, str]:
    if not tiff:
        return {}
    exif = Pillow.Exif()
    try:
        exif.load(b"Exif\x00\x00" + tiff)
        details = exif.get_ifd(EXIF_POINTER)
    except Exception as error:  # Pillow's TIFF reader raises nearly any exception for broken data
        raise UnreadableFile("The EXIF data of the file is broken.") from error
    texts = {}
    if comment := decode_comment(_bytes(details.get(USER_COMMENT))):
        texts["parameters"] = comment
    note = _bytes(details.get(MAKER_NOTE))
    if note.startswith(b"{"):
        texts["sdsite"] = note.decode("utf-8", "replace")
    for tag in _DESCRIPTIONS:
        name, colon, value = str(exif.get(tag, "")).partition(":")
        if colon and value.lstrip().startswith("{"):
            texts.setdefault(name.strip().lower(), value.strip())
    return texts


def decode_comment(comment: bytes) -> str:
    """Return an EXIF UserComment as text, whether or not it begins with the eight bytes of its character code.

    "UNICODE" means UTF-16 in an unstated byte order (A1111 writes big-endian, others the order of the file): the order
    that gives more ASCII characters is taken, since settings are mostly ASCII.
    """
    code, text = comment[:8], comment[8:]
    if code == b"UNICODE\x00":
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return text.decode("utf-16", "replace").strip("\x00")
        orders = [text.decode(order, "replace") for order in ("utf-16-be", "utf-16-le")]
        return max(orders, key=lambda read: sum(character.isascii() for character in read)).strip("\x00")
    if code not in (b"ASCII\x00\x00\x00", bytes(8)):
        text = comment
    try:
        return text.decode().strip("\x00")
    except UnicodeDecodeError:
        return text.decode("latin-1").strip("\x00")


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "replace") if isinstance(value, str) else b""
