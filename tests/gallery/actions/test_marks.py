"""Marks of one image."""

import pytest
from django.core.exceptions import ValidationError

from gallery.actions.marks import mark_image, normalize_note
from gallery.models import Image
from tests.support.factories import make_image


def test_a_note_keeps_its_lines_and_loses_the_white_space_at_its_end():
    assert normalize_note("a\r\n\tb\rc \n\n") == "a\n\tb\nc"


@pytest.mark.parametrize("text", ["x" * 5001, "a\x00b", "\ud800"])
def test_a_note_that_cannot_be_stored_is_refused(text):
    with pytest.raises(ValidationError) as refused:
        normalize_note(text)
    assert list(refused.value.message_dict) == ["note"]


@pytest.mark.django_db
def test_marking_an_image_that_was_deleted_meanwhile_does_not_bring_it_back(alice):
    image = make_image(alice)
    Image.objects.all().delete()
    mark_image(image=image, favourite=True)
    assert not Image.objects.exists()


@pytest.mark.django_db
def test_a_rating_out_of_range_is_refused(alice):
    with pytest.raises(ValidationError, match="rating must be 0 to 5; got 6"):
        mark_image(image=make_image(alice), rating=6)
