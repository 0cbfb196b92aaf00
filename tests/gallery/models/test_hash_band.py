"""Index rows of perceptual hashes live as long as their image."""

import pytest

from gallery.models import HashBand
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_deleting_images_and_people_leaves_no_rows(alice, charlie):
    make_image(alice).delete()
    assert not HashBand.objects.exists()
    make_image(charlie)
    charlie.delete()
    assert not HashBand.objects.exists()


def test_a_row_says_which_part_it_is():
    assert str(HashBand(key=2 << 16 | 0xBEEF)) == "2: beef"
