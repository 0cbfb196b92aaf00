"""Search by meaning on the pages: offered where there is a model, and sentences where it cannot be."""

import pytest
from django.urls import reverse

from gallery.models import Image
from tests.support.factories import make_image
from tests.support.meaning import know_words, point

pytestmark = pytest.mark.django_db

LIBRARY = reverse("library")


@pytest.fixture
def images(alice):
    rows = [make_image(alice, index=number, prompt=prompt) for number, prompt in enumerate(("one", "two"))]
    point(rows, "north", "up")
    return rows


def text(answer):
    return " ".join(answer.content.decode().split())


def test_it_is_offered_only_where_there_is_a_model(as_alice, alice):
    image = make_image(alice)
    pages = (LIBRARY, reverse("image", args=[image.pk]))
    assert [("meaning" in text(as_alice.get(page))) for page in pages] == [False, False]
    point([image], "up")
    shown = [text(as_alice.get(page)) for page in pages]
    assert 'name="meaning"' in shown[0]
    assert "data-offers-meaning" in shown[0]
    assert f"?similar={image.pk}&amp;by=meaning" in shown[1]


def test_the_best_match_comes_first_without_scripts(valkey, as_alice, images):
    know_words(a_fox="up")
    shown = as_alice.get(f"{LIBRARY}?meaning=a+fox")
    assert [image.pk for image in shown.context["images"]] == [images[1].pk, images[0].pk]
    assert 'value="a fox"' in text(shown)
    assert "indexed by meaning so far" not in text(shown)


def test_an_index_that_is_not_finished_says_how_far_it_is(as_alice, images, alice):
    make_image(alice, index=9)
    shown = as_alice.get(f"{LIBRARY}?similar={images[0].pk}&by=meaning")
    assert "2 of 3 images are indexed by meaning so far." in text(shown)
    assert "Similar in meaning to one" in text(shown)
    [chip] = shown.context["form"].chips
    assert chip.query == ""


def test_sentences_instead_of_images(valkey, as_alice, images, charlie):
    shown = as_alice.get(f"{LIBRARY}?meaning=a+wolf")
    assert "No worker can compare words with images at the moment." in text(shown)
    assert shown.context["images"] == []
    theirs = make_image(charlie)
    assert "or you may not see it" in text(as_alice.get(f"{LIBRARY}?similar={theirs.pk}&by=meaning"))


def test_a_strangers_vectors_change_nothing(as_charlie, images):
    assert Image.objects.count() == 2
    assert as_charlie.get(LIBRARY).context["images"] == []
