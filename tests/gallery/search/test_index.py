"""The search index of an image with odd parameters."""

import pytest
from django.utils import timezone

from gallery.models import Image, ImageWord
from gallery.search.index import index_batch
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_odd_parameters_do_not_stop_the_indexing(alice):
    image = make_image(alice)
    Image.objects.filter(pk=image.pk).update(
        parameters={"checkpoint": 7, "task": None}, searched_text=None, prompt="", created_at=timezone.now()
    )
    ImageWord.objects.all().delete()
    assert index_batch() == 1
    image.refresh_from_db()
    assert (image.checkpoint, image.task, image.searched_text) == ("", "text_to_image", "")


def test_an_image_without_a_prompt_has_no_words(alice):
    image = make_image(alice, prompt="")
    ImageWord.objects.all().delete()
    Image.objects.filter(pk=image.pk).update(searched_text=None)
    assert index_batch() == 1
    assert not ImageWord.objects.exists()
    make_image(alice, prompt="")
    assert not ImageWord.objects.exists()
