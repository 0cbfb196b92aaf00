"""An image as JSON: seed, size, parameters, and addresses that open with a key."""

import io

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from gallery.models import Image
from tests.support.clients.api_client import ApiClient
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice):
    return make_image(alice)


def test_an_image_tells_seed_size_and_parameters(owner_client, image):
    answer = owner_client.api("GET", f"/images/{image.pk}").json()
    assert (answer["seed"], answer["width"], answer["height"], answer["format"]) == (7, 128, 128, "png")
    assert answer["parameters"]["prompt"] == "a red heart"


def test_the_srcset_names_the_thumbnails_that_there_are_with_their_widths(owner_client, alice):
    for size, widths in (((128, 128), [128]), ((600, 1200), [128, 256, 512])):
        image = make_image(alice, size=size)
        listed = owner_client.api("GET", f"/images/{image.pk}").json()["srcset"].split(", ")
        addresses, told = zip(*(one.split(" ") for one in listed), strict=True)
        assert [int(width.removesuffix("w")) for width in told] == widths
        for address, width in zip(addresses, widths, strict=True):
            assert Pillow.open(io.BytesIO(owner_client.get(address).content)).width == width


def test_the_placeholder_of_an_image_under_review_is_not_told(owner_client, image):
    assert owner_client.api("GET", f"/images/{image.pk}").json()["thumbhash"]
    Image.objects.update(quarantined_at=timezone.now())
    assert owner_client.api("GET", f"/images/{image.pk}").json()["thumbhash"] is None


@pytest.mark.parametrize("address", ["file_url", "thumbnail_url"])
def test_the_addresses_that_the_api_names_open_with_a_key(owner_client, charlie_client, image, address):
    url = owner_client.api("GET", f"/images/{image.pk}").json()[address]
    assert owner_client.get(url).status_code == 200
    assert charlie_client.get(url).status_code == 404
    assert ApiClient(headers={"X-API-Key": "wrong"}).get(url).status_code == 401
