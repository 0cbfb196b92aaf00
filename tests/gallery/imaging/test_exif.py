"""EXIF blocks: written with the types of the standard, read as other programs write them."""

import struct

import pytest
from PIL import Image as Pillow

from gallery.imaging import exif

COMMENTS = {
    "A1111": b"UNICODE\x00" + "קלב a1".encode("utf-16-be"),
    "little-endian": b"UNICODE\x00" + "קלב a1".encode("utf-16-le"),
    "with a mark": b"UNICODE\x00" + "קלב a1".encode("utf-16"),
    "ASCII that is UTF-8": b"ASCII\x00\x00\x00" + "קלב a1".encode(),
    "no code": bytes(8) + "קלב a1\x00\x00".encode(),
    "nothing in front": "קלב a1".encode(),
}


@pytest.mark.parametrize("way", COMMENTS)
def test_comments_are_read_in_every_encoding_met(way):
    assert exif.decode_comment(COMMENTS[way]) == "קלב a1"
    assert exif.decode_comment(b"ASCII\x00\x00\x00caf\xe9") == "café"


def directory(block):
    """Return {tag: (type, value)} of the EXIF directory of a block that `exif.build` wrote."""
    tiff = block.removeprefix(b"Exif\x00\x00")
    (at,) = struct.unpack_from(">I", tiff, 8 + 2 + 8)
    (count,) = struct.unpack_from(">H", tiff, at)
    rows = [struct.unpack_from(">HHII", tiff, at + 2 + 12 * row) for row in range(count)]
    return {
        tag: (kind, tiff[place : place + length] if length > 4 else struct.pack(">I", place)[:length])
        for tag, kind, length, place in rows
    }


@pytest.mark.parametrize("note", [b"", b"{}", b'{"a":1}', b'{"odd": 1}'])
def test_both_texts_are_written_with_the_type_undefined(note):
    wanted = {exif.MAKER_NOTE: (7, note)} if note else {}
    found = directory(exif.build("קלב", note))
    assert found == {**wanted, exif.USER_COMMENT: (7, b"UNICODE\x00" + "קלב".encode("utf-16-be"))}
    assert list(found) == sorted(found)
    texts = {"parameters": "קלב", "sdsite": note.decode()}
    read = exif.read(exif.build("קלב", note).removeprefix(b"Exif\x00\x00"))
    assert read == {name: text for name, text in texts.items() if text}


def block(**tags):
    written = Pillow.Exif()
    for tag, value in tags.items():
        written[int(tag[1:], 16)] = value
    return written.tobytes().removeprefix(b"Exif\x00\x00")


def test_texts_are_found_in_every_tag_where_programs_put_them():
    assert exif.read(block(x9286="a fox", x927C="fooocus")) == {"parameters": "a fox"}
    assert exif.read(block(x010F='prompt:{"1": {}}', x0110='Workflow: {"nodes": []}')) == {
        "prompt": '{"1": {}}',
        "workflow": '{"nodes": []}',
    }
    assert exif.read(block(x010E="a fox: red", x010F="Some Camera")) == {"description": "a fox: red"}
    assert exif.read(block(x9C9C="狐 a\x00".encode("utf-16-le"))) == {"xp_comment": "狐 a"}


def test_ascii_tags_that_hold_utf_8_are_read_as_such():
    for text in ("狐, café".encode(), "ein café".encode("latin-1")):
        header = b"MM\x00\x2a\x00\x00\x00\x08\x00\x01"
        tiff = header + struct.pack(">HHII", 0x010E, 2, len(text) + 1, 26) + bytes(4) + text + b"\x00"
        assert exif.read(tiff)["description"].endswith("café")
