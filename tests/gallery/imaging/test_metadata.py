"""What files carry beside their pixels: written by the site, read without decoding a pixel."""

import io
import json
import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging import embedded_text, metadata
from gallery.imaging.embedded_text import UnreadableFile, read_texts

PICTURE = Pillow.new("RGB", (64, 48), "red")
SETTINGS = "Steps: 20, Sampler: DDIM, Seed: 7"
PROMPTS = {
    "plain": "a red heart",
    "Latin-1": "ein Mädchen mit rotem Herz, café",
    "right to left": "לב אדום, قلب أحمر، שלום (مرحبا:1.2)",
    "far east and emoji": "心臓 🫀👩‍👩‍👧 한글",
    "controls": "tab\tand quotes \"'` and \\ backslash",
    "long": "a very long prompt, " * 500,
    "long and far": "قلب 🫀 " * 1600,
}


def read_own(data):
    """Return what `encode` wrote beside the infotext; empty where there is nothing."""
    return json.loads(read_texts(data).get(metadata.SITE_KEY, "{}"))


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("kind", PROMPTS)
def test_prompts_of_every_script_and_length_come_back(image_format, kind):
    text = f"{PROMPTS[kind]}\nNegative prompt: {PROMPTS['right to left']}\n{SETTINGS}"
    own = {"parameters": {"prompt": PROMPTS[kind]}, "receipt": {"device": "cpu"}}
    data = metadata.encode(PICTURE, image_format=image_format, quality=80, infotext=text, own=own)
    assert metadata.read_infotext(data) == text
    assert read_own(data) == own
    with Pillow.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.size == PICTURE.size


def test_what_a_jpeg_cannot_hold_goes_in_order_and_the_settings_stay():
    receipt = {"receipt": {"scheduler": "x" * 40_000}, "parameters": {"prompt": "a" * 400}}
    data = metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext="p" * 15_000, own=receipt)
    assert read_own(data) == {"parameters": {"prompt": "a" * 400}}
    data = metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext="p" * 32_600, own=receipt)
    assert read_own(data) == {}
    assert metadata.read_infotext(data) == "p" * 32_600
    text = f"{'🫀' * 10_000}\nNegative prompt: {'🐈' * 10_000}\n{SETTINGS}"
    read = metadata.read_infotext(metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext=text, own=receipt))
    first, second, last = read.split("\n")
    assert last == SETTINGS
    assert first.startswith("🫀" * 5000)
    assert second.startswith("Negative prompt: " + "🐈" * 5000)
    assert metadata.CUT in first + second
    whole = metadata.encode(PICTURE, image_format="webp", quality=80, infotext=text, own=receipt)
    assert metadata.read_infotext(whole) == text


def test_other_tools_read_a1111_text_where_they_look_for_it():
    png = metadata.encode(PICTURE, image_format="png", quality=80, infotext=f"ein Herz, 心\n{SETTINGS}")
    with Pillow.open(io.BytesIO(png)) as picture:
        assert picture.text["parameters"] == f"ein Herz, 心\n{SETTINGS}"
    jpeg = metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext="心")
    with Pillow.open(io.BytesIO(jpeg)) as picture:
        comment = picture.getexif().get_ifd(embedded_text.EXIF_POINTER)[embedded_text.USER_COMMENT]
    assert comment == b"UNICODE\x00" + "心".encode("utf-16-be")


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
    assert embedded_text.decode_comment(COMMENTS[way]) == "קלב a1"
    assert embedded_text.decode_comment(b"ASCII\x00\x00\x00caf\xe9") == "café"


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


def test_a_huge_picture_is_not_decoded_and_a_huge_text_is_refused():
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
        with pytest.raises(UnreadableFile, match="no PNG, JPEG or WebP"):
            read_texts(data)
    for image_format in ("png", "jpeg", "webp"):
        whole = metadata.encode(PICTURE, image_format=image_format, quality=80, infotext="心 " * 50, own={"a": 1})
        for length in range(3, len(whole), 7):
            try:
                read_texts(whole[:length])
            except UnreadableFile:
                continue
    with pytest.raises(UnreadableFile, match="too early"):
        read_texts(metadata.encode(PICTURE, image_format="png", quality=80, infotext="hello")[:80])
