"""Metadata of image files, written by the site and read without decoding pixels."""

import io
import json

import pytest
from PIL import Image as Pillow

from gallery.imaging import exif, metadata
from gallery.imaging.embedded_text import read_texts

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
def test_prompts_of_every_script_and_length_are_read_back(image_format, kind):
    text = f"{PROMPTS[kind]}\nNegative prompt: {PROMPTS['right to left']}\n{SETTINGS}"
    own = {"parameters": {"prompt": PROMPTS[kind]}, "receipt": {"device": "cpu"}}
    data = metadata.encode(PICTURE, image_format=image_format, quality=80, infotext=text, site_data=own)
    assert metadata.read_infotext(data) == text
    assert read_own(data) == own
    with Pillow.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.size == PICTURE.size


def test_a_jpeg_drops_what_it_cannot_hold_in_order_and_keeps_the_settings():
    receipt = {"receipt": {"scheduler": "x" * 40_000}, "parameters": {"prompt": "a" * 400}}
    data = metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext="p" * 15_000, site_data=receipt)
    assert read_own(data) == {"parameters": {"prompt": "a" * 400}}
    data = metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext="p" * 32_600, site_data=receipt)
    assert read_own(data) == {}
    assert metadata.read_infotext(data) == "p" * 32_600
    text = f"{'🫀' * 10_000}\nNegative prompt: {'🐈' * 10_000}\n{SETTINGS}"
    read = metadata.read_infotext(
        metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext=text, site_data=receipt)
    )
    first, second, last = read.split("\n")
    assert last == SETTINGS
    assert first.startswith("🫀" * 5000)
    assert second.startswith("Negative prompt: " + "🐈" * 5000)
    assert metadata.CUT in first + second
    whole = metadata.encode(PICTURE, image_format="webp", quality=80, infotext=text, site_data=receipt)
    assert metadata.read_infotext(whole) == text


def test_other_tools_read_a1111_text_where_they_look_for_it():
    png = metadata.encode(PICTURE, image_format="png", quality=80, infotext=f"ein Herz, 心\n{SETTINGS}")
    with Pillow.open(io.BytesIO(png)) as picture:
        assert picture.text["parameters"] == f"ein Herz, 心\n{SETTINGS}"
    jpeg = metadata.encode(PICTURE, image_format="jpeg", quality=80, infotext="心")
    with Pillow.open(io.BytesIO(jpeg)) as picture:
        comment = picture.getexif().get_ifd(exif.EXIF_POINTER)[exif.USER_COMMENT]
    assert comment == b"UNICODE\x00" + "心".encode("utf-16-be")
