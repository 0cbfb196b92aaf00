"""Image files without their texts: the chunks and segments that hold pixels are copied, nothing is encoded again.

Formats: PNG (third edition, section 11), JPEG (ITU-T T.81, annex B), WebP (RFC 9649).
"""

import re
import struct
from collections.abc import Iterator

from gallery.imaging.embedded_text import UnreadableFile

_PNG = b"\x89PNG\r\n\x1a\n"
# Chunks that say what the pixels look like; all others (texts, EXIF, dates, private ones) are left out.
_KEPT_PNG = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split()
)
_KEPT_WEBP = frozenset([b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"])
_EXIF_OR_XMP = 0x0C  # flags in VP8X's first byte
_SCAN, _END = 0xDA, 0xD9
_APP0, _APP15, _COMMENT = 0xE0, 0xEF, 0xFE
# Segments of applications that decoders need: density, colour profile, colour transform.
_KEPT_JPEG = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan: neither a stuffed byte, a restart nor a fill byte


def strip_metadata(data: bytes) -> bytes:
    """Return a PNG, JPEG or WebP file with the same pixels and colour profile, and without anything else in it.

    Texts, EXIF, XMP, IPTC, comments, dates, private chunks and whatever follows the end of the image are left out.

    Raises:
        gallery.imaging.embedded_text.UnreadableFile: it is none of these, or broken.
    """
    try:
        if data.startswith(_PNG):
            return _PNG + b"".join(_png_parts(data))
        if data.startswith(b"\xff\xd8"):
            return data[:2] + b"".join(_jpeg_parts(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            body = b"WEBP" + b"".join(_webp_parts(data))
            return b"RIFF" + struct.pack("<I", len(body)) + body
    except (struct.error, IndexError) as error:
        raise UnreadableFile("The file is truncated.") from error
    raise UnreadableFile("The file is not a PNG, JPEG or WebP image.")


def _png_parts(data: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise UnreadableFile("The file is truncated.")
        if kind in _KEPT_PNG:
            yield data[at : at + 12 + length]
        if kind == b"IEND":
            return
        at += 12 + length


def _webp_parts(data: bytes) -> Iterator[bytes]:
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    at = 12
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        chunk = data[at : at + 8 + length + length % 2]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_EXIF_OR_XMP]) + chunk[9:]
        if kind in _KEPT_WEBP:
            yield chunk
        at += 8 + length + length % 2


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise UnreadableFile("The JPEG file is broken.")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == _END:
            yield data[at : at + 2]
            return
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == _SCAN:  # its entropy-coded data go on to the next marker
            following = _MARKER.search(data, end)
            if following is None:
                raise UnreadableFile("The file is truncated.")
            end = following.start()
        if _is_kept(marker, data[at + 4 : end]):
            yield data[at:end]
        at = end


def _is_kept(marker: int, content: bytes) -> bool:
    if _APP0 <= marker <= _APP15:
        start = _KEPT_JPEG.get(marker)
        return start is not None and content.startswith(start)
    return marker != _COMMENT
