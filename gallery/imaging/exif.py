"""EXIF blocks with texts: written with the types that the standard gives, read as people's programs write them."""

import struct
from collections.abc import Iterator

from PIL import Image as Pillow

EXIF_POINTER = 0x8769
MAKER_NOTE = 0x927C
USER_COMMENT = 0x9286
_DESCRIPTIONS = (0x010E, 0x010F, 0x0110)  # ImageDescription, Make, Model: where ComfyUI puts "prompt:{...}"
_WINDOWS = {0x9C9C: "xp_comment", 0x9C9B: "xp_title", 0x9C9F: "xp_subject"}  # UTF-16, from Windows' file properties
_UNICODE = b"UNICODE\x00"  # EXIF 2.3: the character code of a UserComment; what follows is UTF-16
_LONG, _UNDEFINED = 4, 7  # types of TIFF 6.0
_HEADER = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08"
_ENTRY = struct.Struct(">HHII")  # tag, type, count, offset
_INLINE = 4  # bytes of a value that stand in its entry


def build(comment: str, maker_note: bytes = b"") -> bytes:
    """Return an EXIF block with a UserComment, and a maker note where it has one.

    Both have the type UNDEFINED, as EXIF 2.3 (4.6.5) says: readers such as piexif fail on any other. The comment is
    UTF-16 big-endian after the code "UNICODE".
    """
    values = {USER_COMMENT: _UNICODE + comment.encode("utf-16-be", "replace")}
    if maker_note:
        values = {MAKER_NOTE: maker_note, **values}  # entries are sorted by tag
    first = struct.pack(">H", 1) + _ENTRY.pack(EXIF_POINTER, _LONG, 1, 26) + bytes(4)
    data_at = 26 + 2 + len(values) * _ENTRY.size + 4
    entries, data = b"", b""
    for tag, value in values.items():
        entry = _ENTRY.pack(tag, _UNDEFINED, len(value), data_at + len(data))
        if len(value) <= _INLINE:
            entry = entry[:8] + value.ljust(_INLINE, b"\x00")
        else:
            data += value + bytes(len(value) % 2)  # offsets are even
        entries += entry
    return _HEADER + first + struct.pack(">H", len(values)) + entries + bytes(4) + data


def read(tiff: bytes) -> dict[str, str]:
    """Return the texts of an EXIF block by name.

    `parameters` is the UserComment and `sdsite` the maker note where it is JSON; a description, maker or camera model
    that looks like "name:{...}" has that name, any other ImageDescription is `description`, and Windows' comment, title
    and subject are `xp_comment`, `xp_title` and `xp_subject`.

    Raises:
        Exception: nearly any, where the block is broken.
    """
    exif = Pillow.Exif()
    exif.load(b"Exif\x00\x00" + tiff)
    return dict(_texts(exif))


def _texts(exif: Pillow.Exif) -> Iterator[tuple[str, str]]:
    details = exif.get_ifd(EXIF_POINTER)
    # Fooocus writes both into the first directory.
    comment = decode_comment(_bytes(details.get(USER_COMMENT) or exif.get(USER_COMMENT)))
    if comment:
        yield "parameters", comment
    note = _bytes(details.get(MAKER_NOTE) or exif.get(MAKER_NOTE))
    if note.startswith(b"{"):
        yield "sdsite", decode(note)
    seen = set()
    for tag in _DESCRIPTIONS:
        text = decode(_bytes(exif.get(tag))).strip("\x00 ")
        name, colon, value = text.partition(":")
        name = name.strip().lower()
        if not (colon and value.lstrip().startswith("{")):
            name, value = ("description", text) if tag == _DESCRIPTIONS[0] else ("", "")
        if value and name not in seen:
            seen.add(name)
            yield name, value.strip()
    for tag, name in _WINDOWS.items():
        if text := _bytes(exif.get(tag)).decode("utf-16-le", "replace").strip("\x00"):
            yield name, text


def decode(text: bytes) -> str:
    """Return `text` as UTF-8 where it is valid UTF-8, as Latin-1 where it is not.

    PNG's tEXt and EXIF's ASCII say Latin-1 and ASCII; many programs write UTF-8 there. Latin-1 that is valid UTF-8 by
    chance ("Ã©") is rarer than that by far.
    """
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def decode_comment(comment: bytes) -> str:
    """Return an EXIF UserComment as text, whether or not it begins with the eight bytes of its character code.

    "UNICODE" means UTF-16 in an unstated byte order (A1111 writes big-endian, others the order of the file): the order
    that gives more ASCII characters is taken, since settings are mostly ASCII.
    """
    code, text = comment[:8], comment[8:]
    if code == _UNICODE:
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return text.decode("utf-16", "replace").strip("\x00")
        orders = [text.decode(order, "replace") for order in ("utf-16-be", "utf-16-le")]
        return max(orders, key=lambda read: sum(character.isascii() for character in read)).strip("\x00")
    return decode(text if code in (b"ASCII\x00\x00\x00", bytes(8)) else comment).strip("\x00")


def _bytes(value: object) -> bytes:
    """Return the bytes of a value as Pillow reads it: text as Latin-1, whatever it is."""
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    return value if isinstance(value, bytes) else b""
