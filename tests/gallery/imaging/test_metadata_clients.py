"""Programs that people read settings with read them out of the PNG, JPEG and WebP files of the site."""

import io
import json
import os
import subprocess

import piexif
import piexif.helper
import pytest
from PIL import Image as Pillow
from sd_parsers import ParserManager

from gallery.imaging import metadata

TEXT = (
    "a fox, café, 雪の中の狐\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, "
    "CFG scale: 7, Seed: 42, Size: 64x96, Model hash: 0123456789, Model: starter, Version: sdsite"
)
PROMPT = "a fox, café, 雪の中の狐"
FORMATS = ("png", "jpeg", "webp")
# sd-prompt-reader asks for an old Pillow, so it lives in an environment of its own: python -m venv DIR, then
# DIR/bin/pip install sd-prompt-reader, and SD_PROMPT_READER=DIR/bin/python when the tests run.
READER = os.environ.get("SD_PROMPT_READER", "")
PROGRAM = """
import json, sys
from sd_prompt_reader.image_data_reader import ImageDataReader
read = ImageDataReader(sys.argv[1])
print(json.dumps([read.status.name, read.tool, read.positive, read.negative, read.parameter]))
"""


def encode(image_format):
    image = Pillow.new("RGB", (64, 96), "red")
    own = {"parameters": {"prompt": PROMPT}, "receipt": {"device": "cpu"}}
    return metadata.encode(image, image_format=image_format, quality=80, infotext=TEXT, site_data=own)


@pytest.mark.parametrize("image_format", ["jpeg", "webp"])
def test_piexif_reads_the_comment_as_a1111_and_forge_do(image_format):
    with Pillow.open(io.BytesIO(encode(image_format))) as image:
        tags = piexif.load(image.info["exif"])
    assert piexif.helper.UserComment.load(tags["Exif"][piexif.ExifIFD.UserComment]) == TEXT
    assert json.loads(tags["Exif"][piexif.ExifIFD.MakerNote])["receipt"] == {"device": "cpu"}


@pytest.mark.parametrize("image_format", FORMATS)
def test_sd_parsers_reads_prompts_sampler_and_model(image_format, tmp_path):
    path = tmp_path / f"image.{image_format}"
    path.write_bytes(encode(image_format))
    found = ParserManager().parse(path)
    assert [prompt.value for prompt in found.prompts] == [PROMPT]
    assert [prompt.value for prompt in found.negative_prompts] == ["blurry"]
    (sampler,) = found.samplers
    assert sampler.name == "DPM++ 2M"
    assert sampler.parameters == {"scheduler": "Karras", "cfg_scale": "7", "seed": "42", "steps": "20"}
    assert (sampler.model.name, sampler.model.hash) == ("starter", "0123456789")


@pytest.mark.skipif(not READER, reason="SD_PROMPT_READER names no Python that has sd-prompt-reader")
@pytest.mark.parametrize("image_format", FORMATS)
def test_sd_prompt_reader_reads_prompts_and_settings(image_format, tmp_path):
    path = tmp_path / f"image.{image_format}"
    path.write_bytes(encode(image_format))
    ran = subprocess.run([READER, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True, timeout=60)
    status, tool, positive, negative, settings = json.loads(ran.stdout.splitlines()[-1])
    assert (status, tool, positive, negative) == ("READ_SUCCESS", "A1111 webUI", PROMPT, "blurry")
    wanted = {"model": "starter", "sampler": "DPM++ 2M", "seed": "42", "cfg": "7", "steps": "20", "size": "64x96"}
    assert settings == wanted
