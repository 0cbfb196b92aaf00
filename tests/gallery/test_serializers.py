"""An image as JSON: seed, size, parameters, and addresses that open with a key."""

import pytest

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


@pytest.mark.parametrize("address", ["file_url", "thumbnail_url"])
def test_the_addresses_that_the_api_names_open_with_a_key(owner_client, charlie_client, image, address):
    url = owner_client.api("GET", f"/images/{image.pk}").json()[address]
    assert owner_client.get(url).status_code == 200
    assert charlie_client.get(url).status_code == 404
    assert ApiClient(headers={"X-API-Key": "wrong"}).get(url).status_code == 401
