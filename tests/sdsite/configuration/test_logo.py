"""The logo: what is kept of an upload, and how it is served."""

import io

import pytest
from PIL import Image as Pillow

from gallery.imaging.open_image import UnusableImage
from sdsite.accounts.models import SiteLogo
from sdsite.configuration import logo
from tests.support.images import encoded

pytestmark = pytest.mark.django_db


def png(width, height):
    file = io.BytesIO()
    Pillow.new("RGB", (width, height), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("side", [512, 192])
def test_it_is_a_square_png_with_nothing_of_the_file_but_its_pixels(client, side):
    digest = logo.store_logo(png(300, 100))
    answer = client.get(f"/logo/{digest}/{side}.png")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "immutable" in answer["Cache-Control"]
    image = Pillow.open(io.BytesIO(answer.content))
    assert (image.size, image.mode, image.info) == ((side, side), "RGBA", {})
    assert image.getpixel((side // 2, side // 2)) == (200, 30, 30, 255)
    assert image.getpixel((side // 2, 2))[3] == 0


def test_one_that_was_replaced_and_sizes_that_are_none_are_not_found(client):
    old = logo.store_logo(png(8, 8))
    new = logo.store_logo(png(8, 16))
    assert SiteLogo.objects.count() == 1
    assert [client.get(f"/logo/{one}/192.png").status_code for one in (old, new, "")] == [404, 200, 404]
    assert client.get(f"/logo/{new}/193.png").status_code == 404


@pytest.mark.parametrize("data", [b"", b"<svg/>", encoded()[:40]])
def test_what_is_no_image_is_refused(data):
    with pytest.raises(UnusableImage):
        logo.store_logo(data)
    assert not SiteLogo.objects.exists()
