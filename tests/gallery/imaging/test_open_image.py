"""Untrusted image files: unusual ones are decoded, unusable ones refused with a message."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from gallery.imaging.open_image import (
    LONGEST_SIDE,
    MOST_PIXELS,
    UnusableImage,
    detect_format,
    flatten_on_white,
    looks_like_image,
    open_image,
)

RED, GREEN = (255, 0, 0), (0, 128, 0)


def two_colours(mode="RGB", size=(8, 4)):
    """Return a picture whose left half is red and right half green."""
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (size[0] // 2, 0, *size))
    return image.convert(mode)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def near(got, wanted, by=12):
    return all(abs(one - other) <= by for one, other in zip(got, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_format_is_opened_and_known_by_its_first_bytes(kind):
    data = encoded(two_colours(size=(64, 32)), kind)
    assert looks_like_image(data[:64])
    assert detect_format(data) == kind.lower()
    picture = open_image(data)
    assert (picture.mode, picture.size, picture.info) == ("RGB", (64, 32), {})
    assert near(picture.getpixel((4, 16)), RED)
    assert near(picture.getpixel((60, 16)), GREEN)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("P", "PNG"), ("P", "GIF"), ("YCbCr", "JPEG"), ("LAB", "TIFF")],
)
def test_colours_survive_other_modes(mode, kind):
    image = two_colours(size=(64, 32))
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")
    else:
        image = image.convert(mode)
    picture = open_image(encoded(image, kind))
    assert picture.mode == "RGB"
    assert near(picture.getpixel((4, 16)), RED, 40)
    assert near(picture.getpixel((60, 16)), GREEN, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_greys_become_rgb(mode):
    picture = open_image(encoded(Image.new(mode, (3, 2), 255 if mode != "LA" else (255, 255))))
    assert (picture.mode, picture.getpixel((1, 1))) == ("RGB", (255, 255, 255))


@pytest.mark.parametrize(("value", "shown"), [(0, 0), (257 * 100, 100), (65535, 255)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_greys_are_scaled_not_clipped(kind, value, shown):
    picture = open_image(encoded(Image.new("I;16", (2, 2), value), kind))
    assert picture.getpixel((0, 0)) == (shown,) * 3


def test_16_bit_colours_are_scaled():
    row = b"\x00" + struct.pack(">6H", 65535, 32896, 0, 0, 65535, 257)
    picture = open_image(png(2, 1, depth=16, colour=2, data=zlib.compress(row)))
    assert [picture.getpixel((x, 0)) for x in (0, 1)] == [(255, 128, 0), (0, 255, 1)]


def test_floating_point_greys_are_taken_from_0_to_1():
    assert open_image(encoded(Image.new("F", (2, 2), 0.5), "TIFF")).getpixel((0, 0)) == (128,) * 3


def test_alpha_is_kept_and_lies_on_white_where_asked():
    image = two_colours("RGBA")
    image.putpixel((0, 0), (10, 20, 30, 0))
    image.putpixel((1, 0), (0, 0, 0, 128))
    picture = open_image(encoded(image))
    assert (picture.mode, picture.getpixel((0, 0))) == ("RGBA", (10, 20, 30, 0))
    flat = flatten_on_white(picture)
    assert (flat.mode, flat.getpixel((0, 0)), flat.getpixel((4, 0))) == ("RGB", (255, 255, 255), GREEN)
    assert near(flat.getpixel((1, 0)), (127,) * 3, 1)


def test_a_transparent_palette_colour_is_alpha():
    image = two_colours().quantize(4)
    picture = open_image(encoded(image, transparency=image.getpixel((0, 0))))
    assert [picture.getpixel((x, 0))[3] for x in (0, 7)] == [0, 255]


def test_alpha_that_hides_nothing_is_no_alpha():
    assert open_image(encoded(two_colours("RGBA"))).mode == "RGB"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize(("orientation", "size", "first"), [(6, (32, 64), RED), (3, (64, 32), GREEN)])
def test_images_are_turned_upright(kind, orientation, size, first):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_image(encoded(two_colours(size=(64, 32)), kind, exif=exif.tobytes()))
    assert picture.size == size
    assert near(picture.getpixel((2, 2)), first, 16)


def test_broken_exif_does_not_matter():
    data = encoded(two_colours(), "PNG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff broken")
    assert open_image(data).size == (8, 4)


def test_other_profiles_become_srgb_and_srgb_stays_as_it_is():
    image = Image.new("RGB", (2, 2), (200, 100, 50))
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert open_image(encoded(image, icc_profile=own)).getpixel((0, 0)) == (200, 100, 50)
    swapped = own.replace(b"rXYZ", b"____").replace(b"gXYZ", b"rXYZ").replace(b"____", b"gXYZ")
    other = swapped.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    assert near(open_image(encoded(image, icc_profile=other)).getpixel((0, 0)), (100, 200, 50), 2)
    assert open_image(encoded(image, icc_profile=b"no profile")).getpixel((0, 0)) == (200, 100, 50)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    options = {} if kind == "TIFF" else {"duration": 50}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert near(open_image(data).getpixel((8, 8)), RED)


def test_one_pixel_is_an_image():
    assert open_image(encoded(Image.new("RGB", (1, 1), "red"))).size == (1, 1)


def png(width, height, *, depth=8, colour=0, data=b""):
    """Return a PNG file by hand, whatever its header promises."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((20_000, 20_000), "million pixels"),
        ((8_001, 8_000), "8001x8000"),
        ((60_000, 60_000), "million pixels"),
        ((LONGEST_SIDE + 1, 1), f"{LONGEST_SIDE} pixels wide"),
    ],
)
def test_too_many_pixels_are_refused_before_they_are_decoded(size, said, monkeypatch):
    def decoded(*args):
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image.Image, "load", decoded)
    with pytest.raises(UnusableImage, match=said):
        open_image(png(*size))
    assert MOST_PIXELS == 8_000 * 8_000


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("kept", [0.5, 0.05])
def test_truncated_files_are_refused(kind, kept):
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    data = encoded(noise, kind)
    with pytest.raises(UnusableImage, match="truncated or broken"):
        open_image(data[: max(64, int(len(data) * kept))])


OTHERS = {
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "PDF": b"%PDF-1.7\n%\xe2\xe3",
    "web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "something else": b"MZ\x90\x00\x03",
}


@pytest.mark.parametrize("what", OTHERS)
def test_other_files_are_refused_by_content_and_named(what):
    assert not looks_like_image(OTHERS[what])
    assert detect_format(OTHERS[what]) == ""
    with pytest.raises(UnusableImage, match=what):
        open_image(OTHERS[what])


@pytest.mark.parametrize("kind", ["ICO", "PPM", "TGA", "PDF", "EPS"])
def test_formats_that_pillow_reads_and_the_site_does_not_are_refused(kind):
    with pytest.raises(UnusableImage, match="must be PNG, JPEG"):
        open_image(encoded(two_colours(size=(32, 32)), kind))


def test_empty_and_oversized_files_are_refused():
    with pytest.raises(UnusableImage, match="empty"):
        open_image(b"")
    data = encoded(two_colours())
    assert open_image(data, most_bytes=len(data)).size == (8, 4)
    with pytest.raises(UnusableImage, match=r"at most 0\.0 MB"):
        open_image(data, most_bytes=len(data) - 1)


def test_the_most_pixels_and_the_longest_side_are_inclusive():
    assert open_image(encoded(Image.new("1", (LONGEST_SIDE, 1)))).size == (LONGEST_SIDE, 1)
    assert open_image(encoded(Image.new("1", (1, LONGEST_SIDE)))).size == (1, LONGEST_SIDE)
    with pytest.raises(UnusableImage, match="truncated or broken"):  # not for its size
        open_image(png(8_000, 8_000))
