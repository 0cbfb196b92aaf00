"""Text embedded in PNG, JPEG and WebP files, and files that are refused."""

import io
import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging import exif, metadata
from gallery.imaging.embedded_text import UnreadableFile, read_texts

PICTURE = Pillow.new("RGB", (64, 48), "red")


def test_all_three_kinds_of_png_text_are_read_also_behind_the_pixels():
    info = PngInfo()
    info.add_text("plain", "one")
    info.add_text("packed", "two " * 500, zip=True)
    info.add_itxt("far", "三", zip=True)
    buffer = io.BytesIO()
    PICTURE.save(buffer, "PNG", pnginfo=info)
    data = buffer.getvalue()
    late = chunk(b"tEXt", b"late\x00four")
    data = data[:-12] + late + data[-12:]
    assert read_texts(data) == {"plain": "one", "packed": "two " * 500, "far": "三", "late": "four"}


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("text", ["café", "テスト, café", "Ã©", "plain"])
def test_png_texts_are_read_in_the_encoding_that_they_were_written_in(text):
    start, end = b"\x89PNG\r\n\x1a\n", chunk(b"IEND", b"")
    packed = zlib.compress(text.encode())
    for body in (
        chunk(b"tEXt", b"a\x00" + text.encode()),
        chunk(b"zTXt", b"a\x00\x00" + packed),
        chunk(b"iTXt", b"a\x00\x01\x00\x00\x00" + packed),
    ):
        assert read_texts(start + body + end) == {"a": text}
    latin = chunk(b"tEXt", b"a\x00caf\xe9")
    assert read_texts(start + latin + end) == {"a": "café"}
    whole = metadata.encode(PICTURE, image_format="png", quality=80, infotext=text)
    assert read_texts(whole) == {"parameters": text}


XMP = (
    "<x:xmpmeta><rdf:RDF><rdf:Description><exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>"
    "{&quot;c&quot;: &quot;a fox&quot;}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def test_xmp_comments_and_exif_are_read_out_of_every_container():
    wanted = {"xmp_comment": '{"c": "a fox"}'}
    start, end = b"\x89PNG\r\n\x1a\n", chunk(b"IEND", b"")
    keyword = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00"
    assert read_texts(start + chunk(b"iTXt", keyword + XMP.encode()) + end) == wanted
    block = exif.build("from EXIF")
    png = start + chunk(b"eXIf", block.removeprefix(b"Exif\x00\x00")) + end
    assert read_texts(png) == {"parameters": "from EXIF"}
    jpeg = b"\xff\xd8" + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP.encode())
    jpeg += segment(0xE1, block) + segment(0xFE, "café".encode()) + b"\xff\xd9"
    assert read_texts(jpeg) == {"parameters": "from EXIF", "comment": "café", **wanted}
    buffer = io.BytesIO()
    PICTURE.save(buffer, "WEBP", exif=block, xmp=XMP.encode())
    assert read_texts(buffer.getvalue()) == {"parameters": "from EXIF", **wanted}


def test_what_stands_before_the_damage_of_a_jpeg_is_read():
    jpeg = b"\xff\xd8" + segment(0xE1, exif.build("a fox")) + b"rubbish"
    assert read_texts(jpeg) == {"parameters": "a fox"}


def test_a_huge_image_is_not_decoded_and_a_huge_text_is_refused():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0))
    start, end = b"\x89PNG\r\n\x1a\n" + header, chunk(b"IEND", b"")
    assert read_texts(start + chunk(b"tEXt", b"parameters\x00hello") + end) == {"parameters": "hello"}
    bomb = zlib.compress(bytes(64 * 2**20), 9)
    assert len(bomb) < 100_000
    for one in (chunk(b"zTXt", b"a\x00\x00" + bomb), chunk(b"iTXt", b"a\x00\x01\x00\x00\x00" + bomb)):
        with pytest.raises(UnreadableFile, match="larger than 4 MiB"):
            read_texts(start + one + end)
    three = b"".join(chunk(b"tEXt", name + b"\x00" + bytes(2 * 2**20)) for name in (b"a", b"b", b"c"))
    with pytest.raises(UnreadableFile, match="larger than 4 MiB"):
        read_texts(start + three + end)


@pytest.mark.filterwarnings("ignore:.*EXIF|Tag data")  # Pillow says what is broken, too
def test_broken_files_are_refused_with_a_sentence_and_never_with_a_crash():
    for data in (b"", b"hello", b"GIF89a" + bytes(100), b"RIFF\x00\x00\x00\x00AVI "):
        with pytest.raises(UnreadableFile, match="not a PNG, JPEG or WebP"):
            read_texts(data)
    for image_format in ("png", "jpeg", "webp"):
        whole = metadata.encode(PICTURE, image_format=image_format, quality=80, infotext="心 " * 50, site_data={"a": 1})
        for length in range(3, len(whole), 7):
            try:
                read_texts(whole[:length])
            except UnreadableFile:
                continue
    with pytest.raises(UnreadableFile, match="truncated"):
        read_texts(metadata.encode(PICTURE, image_format="png", quality=80, infotext="hello")[:80])
