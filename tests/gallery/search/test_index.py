"""The search index of an image with odd parameters."""

import pytest
from django.utils import timezone

from gallery.models import Image, ImageLora, ImageWord
from gallery.search.index import fill_loras, index_batch, lora_names
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


def test_loras_of_older_images_are_filled_in_and_new_ones_come_with_them(alice):
    image = make_image(alice, loras=[{"name": "ink", "weight": 1}, {"name": "ink", "weight": 2}, {"weight": 1}, "x"])
    assert list(image.loras.values_list("name", "owner")) == [("ink", alice.pk)]
    other = make_image(alice, loras=[{"name": "clay", "weight": 0.5}])
    ImageLora.objects.all().delete()
    assert [fill_loras(most=1) for _ in range(4)] == [1, 1, 0, 0]
    assert list(image.loras.values_list("name", flat=True)) == ["ink"]
    assert list(other.loras.values_list("name", flat=True)) == ["clay"]


@pytest.mark.parametrize("loras", [None, "ink", {}, [None], [{"name": None}], [{"name": ""}]])
def test_parameters_of_any_shape_have_names_or_none(loras):
    assert lora_names({"loras": loras}) == []
