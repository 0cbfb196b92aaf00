"""An image of Alice's, and a collection that holds it."""

import pytest

from gallery.actions.collections import add_images, create_collection
from tests.support.factories import make_image


@pytest.fixture
def image(alice):
    return make_image(alice, prompt="a red heart")


@pytest.fixture
def collection(alice, image):
    made = create_collection(owner=alice, name="Skies <&>", description="Above\nthe sea")
    add_images(collection=made, ids=[image.pk])
    return made
