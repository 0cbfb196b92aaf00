"""Texts inside an image file, read without decoding a pixel.

Only the container is parsed (PNG chunks, JPEG segments, RIFF chunks), so an image of a thousand megapixels, or one
whose pixels are broken, costs no more than its bytes.
"""

import struct
import zlib
from collections.abc import Iterator

from gallery.imaging import exif, xmp
from gallery.imaging.exif import decode

MOST_TEXT_BYTES = 4 * 2**20  # of one text, and of all texts of a file together
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_KEYWORD = 79


class UnreadableFile(ValueError):
    """A file whose texts cannot be read; the message says why in a sentence for people."""


def read_texts(data: bytes) -> dict[str, str]:
    """Return the texts of a PNG, JPEG or WebP file by name.

    PNG: each tEXt, zTXt and iTXt chunk by its keyword, as UTF-8 where it is valid UTF-8, whatever the chunk says.
    EXIF's UserComment is `parameters`, the maker note (where this site writes its receipt) `sdsite`, XMP's comment
    `xmp_comment`, a JPEG's comment segment `comment`; `gallery.imaging.exif.read` and `xmp.read` name the rest.

    Raises:
        UnreadableFile: not a PNG, JPEG or WebP file, a truncated one, or texts of more than MOST_TEXT_BYTES.
    """
    if data.startswith(_PNG):
        return _png_texts(data)
    if data.startswith(b"\xff\xd8"):
        return _texts_of(_jpeg_segments(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _texts_of(_webp_chunks(data))
    raise UnreadableFile("The file is not a PNG, JPEG or WebP image.")


def _png_texts(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    late: dict[str, str] = {}  # of EXIF, which counts where no chunk has the name
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
                texts.setdefault(keyword.decode("latin-1"), decode(text))
        if kind == b"eXIf":
            late |= _exif_texts(_within(data[at + 8 : at + 8 + length], left))
        at += 12 + length
    return _with_xmp({**late, **texts})


def _plain(rest: bytes, left: int) -> bytes:
    return _within(rest, left)


def _compressed(rest: bytes, left: int) -> bytes:
    return _inflate(rest[1:], left)


def _international(rest: bytes, left: int) -> bytes:
    compressed, rest = rest[:1] == b"\x01", rest[2:]
    text = rest.split(b"\x00", 2)[-1]  # after language and translated keyword
    return _inflate(text, left) if compressed else _within(text, left)


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


def _jpeg_segments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the kind and the content of each segment with texts before the pixels."""
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
        if marker == 0xFE:
            yield "comment", segment
        for start, kind in _APPLICATIONS.items() if marker == 0xE1 else ():
            if segment.startswith(start):
                yield kind, segment[len(start) :]
        at += 2 + length


_APPLICATIONS = {b"Exif\x00\x00": "exif", b"http://ns.adobe.com/xap/1.0/\x00": "xmp"}


def _webp_chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in (b"EXIF", b"XMP "):
            chunk = _within(data[at + 8 : at + 8 + length], MOST_TEXT_BYTES)
            yield kind.decode().strip().lower(), chunk.removeprefix(b"Exif\x00\x00")
        at += 8 + length + length % 2


def _texts_of(parts: Iterator[tuple[str, bytes]]) -> dict[str, str]:
    """Return the texts of the first part of each kind."""
    found: dict[str, bytes] = {}
    try:
        for kind, content in parts:
            found.setdefault(kind, content)
    except UnreadableFile:
        if not found:
            raise
    texts = _exif_texts(found.get("exif", b""))
    others = {_XMP_KEYWORD: "xmp", "comment": "comment"}
    texts |= {name: decode(found[kind]).strip("\x00") for name, kind in others.items() if found.get(kind)}
    return _with_xmp(texts)


_XMP_KEYWORD = "XML:com.adobe.xmp"  # of PNG's iTXt


def _with_xmp(texts: dict[str, str]) -> dict[str, str]:
    """Return `texts` with those inside of an XMP packet in its place."""
    packet = texts.pop(_XMP_KEYWORD, "")
    return {**xmp.read(packet), **texts}


def _exif_texts(tiff: bytes) -> dict[str, str]:
    if not tiff:
        return {}
    try:
        return exif.read(tiff)
    except Exception as error:  # Pillow's TIFF reader raises nearly any exception for broken data
        raise UnreadableFile("The EXIF data of the file is broken.") from error
