"""Files without metadata have the same pixels and nothing that tells of their making."""

import io
import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from gallery.imaging import metadata
from gallery.imaging.embedded_text import UnreadableFile, read_texts
from gallery.imaging.strip_metadata import strip_metadata

SECRET = "a very secret prompt, 心"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pixels(data):
    with Pillow.open(io.BytesIO(data)) as image:
        return image.convert("RGBA").tobytes()


def noise(mode="RGB"):
    return Pillow.effect_noise((64, 48), 90).convert(mode)


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_texts_go_and_pixels_stay(image_format):
    data = metadata.encode(
        noise(), image_format=image_format, quality=80, infotext=SECRET, site_data={"seed": 7, "receipt": {"x": 1}}
    )
    assert "parameters" in read_texts(data)
    plain = strip_metadata(data)
    assert read_texts(plain) == {}
    assert len(plain) < len(data)
    assert pixels(plain) == pixels(data)
    assert strip_metadata(plain) == plain


def save(image_format, **more):
    buffer = io.BytesIO()
    noise("RGBA" if image_format != "JPEG" else "RGB").save(buffer, image_format, **more)
    return buffer.getvalue()


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_the_colour_profile_stays_and_xmp_and_what_follows_the_end_go(image_format):
    more = {"xmp": b"<x:xmpmeta>hidden</x:xmpmeta>"} if image_format != "PNG" else {}
    data = save(image_format, icc_profile=PROFILE, **more) + b"hidden behind the end"
    plain = strip_metadata(data)
    assert b"hidden" not in plain
    with Pillow.open(io.BytesIO(plain)) as image:
        assert image.info["icc_profile"] == PROFILE
    assert pixels(plain) == pixels(data)


def test_a_progressive_jpeg_with_a_comment_and_restarts_keeps_all_of_its_scans():
    data = save("JPEG", progressive=True, comment=b"hidden", restart_marker_blocks=2)
    plain = strip_metadata(data)
    assert b"hidden" not in plain
    assert pixels(plain) == pixels(data)


def test_private_chunks_and_dates_of_a_png_go():
    data = save("PNG")
    chunk = b"teSt" + b"hidden"
    inserted = struct.pack(">I", 6) + chunk + struct.pack(">I", zlib.crc32(chunk))
    plain = strip_metadata(data[:33] + inserted + data[33:])
    assert plain == data


@pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
@pytest.mark.parametrize("kept", [10, 30, 0.5, 0.99])
def test_a_truncated_file_is_refused(image_format, kept):
    data = save(image_format)
    with pytest.raises(UnreadableFile):
        strip_metadata(data[: int(kept if kept > 1 else kept * len(data))])


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00"])
def test_what_is_no_image_is_refused(data):
    with pytest.raises(UnreadableFile):
        strip_metadata(data)
