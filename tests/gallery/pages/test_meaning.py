"""Search by meaning on the pages: offered where there is a model, and sentences where it cannot be."""

import pytest
from django.urls import reverse

from gallery.models import Image
from gallery.search.meaning.index import current_model, next_images
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
    assert next_images(current_model(), 9) == []  # notes that all have a vector
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


def test_a_zip_of_words_that_no_worker_reads_says_so_on_the_library(valkey, as_alice, images):
    answer = as_alice.get(reverse("images_zip"), {"meaning": "a wolf"}, follow=True)
    assert "No worker can compare words with images at the moment." in text(answer)


def test_a_strangers_vectors_change_nothing(as_charlie, images):
    assert Image.objects.count() == 2
    assert as_charlie.get(LIBRARY).context["images"] == []


def test_explore_finds_what_is_shared_by_meaning(valkey, as_charlie, charlie_client, images, alice):
    know_words(a_fox="up")
    Image.objects.filter(pk=images[0].pk).update(visibility="public", published_at=images[0].created_at)
    hidden = make_image(alice, index=5)
    later = make_image(alice, index=6)
    point([hidden, later], "up", "up")
    Image.objects.filter(pk=later.pk).update(visibility="members", published_at=later.created_at)
    best_first = [later.pk, images[0].pk]
    explore = reverse("explore")
    shown = as_charlie.get(f"{explore}?meaning=a+fox")
    assert [image.pk for image in shown.context["images"]] == best_first
    assert shown.context["query"] == "meaning=a+fox"
    assert 'name="meaning" value="a fox"' in text(shown)
    listed = charlie_client.api("GET", "/explore?meaning=a+fox").json()["items"]
    assert [tile["id"] for tile in listed] == [str(pk) for pk in best_first]
    first = charlie_client.api("GET", "/explore?meaning=a+fox&limit=1").json()
    rest = charlie_client.api("GET", f"/explore?meaning=a+fox&limit=1&cursor={first['next']}").json()
    assert [tile["id"] for tile in first["items"] + rest["items"]] == [str(pk) for pk in best_first]
    assert "No worker can compare" in text(as_charlie.get(f"{explore}?meaning=a+wolf"))
    assert charlie_client.api("GET", "/explore?meaning=a+wolf").status_code == 503


def test_visitors_search_explore_by_nothing(valkey, client, images, settings):
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": "public"}
    Image.objects.update(visibility="public", published_at=images[0].created_at)
    shown = client.get(f"{reverse('explore')}?meaning=a+wolf")
    assert len(shown.context["images"]) == 2
    assert 'name="meaning"' not in text(shown)
