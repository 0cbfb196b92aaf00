"""Search by meaning over HTTP: who finds what, in which order, and what is said where it cannot be."""

import pytest

from gallery.actions.moderation import quarantine
from gallery.actions.trash import trash_images
from gallery.models import Image
from gallery.search.meaning import index
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image
from tests.support.meaning import begin_index, know_words, point

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    """Alice's images: one, one like it, one unlike it, in the order of their likeness to the first."""
    rows = [make_image(alice, index=number) for number in range(3)]
    point(rows, "north", "northeast", "up")
    return rows


def found(client, query):
    return [item["id"] for item in client.api("GET", f"/images?{query}").json()["items"]]


def ids(*images):
    return [str(image.pk) for image in images]


def test_similar_in_meaning_is_nearest_first_on_every_door(owner_client, images):
    query = f"similar={images[0].pk}&by=meaning"
    assert found(owner_client, query) == ids(*images)
    assert [item["id"] for item in owner_client.api("GET", f"/images/tiles?{query}").json()["items"]] == ids(*images)
    assert owner_client.api("GET", f"/images/count?{query}&q=heart").json()["images"] == 3
    first = owner_client.api("GET", f"/images?{query}&limit=2").json()
    assert found(owner_client, f"{query}&limit=2&cursor={first['next']}") == ids(images[2])


def test_words_find_what_they_mean(valkey, owner_client, images):
    know_words(a_fox="up")
    assert found(owner_client, "meaning=a+fox")[0] == str(images[2].pk)
    assert found(owner_client, "meaning=++a+++fox+")[0] == str(images[2].pk)
    assert found(owner_client, "meaning=a+fox&q=nowhere") == []


@pytest.mark.parametrize("scope", ["shared", "public", "all"])
def test_only_what_its_reader_may_see_is_found(valkey, charlie_client, alice, images, scope):
    know_words(a_fox="up")
    shared = images[0]
    Image.objects.filter(pk__in=ids(*images[:2])).update(visibility="public", published_at=shared.created_at)
    trash_images(images=Image.objects.filter(pk=images[1].pk), owner=alice)
    expected = [] if scope == "shared" else ids(shared)
    assert found(charlie_client, f"meaning=a+fox&scope={scope}") == expected
    error_of(charlie_client.api("GET", f"/images?similar={images[2].pk}&by=meaning"), 404, "not_found")
    alice.is_active = False
    alice.save()
    assert found(charlie_client, f"meaning=a+fox&scope={scope}") == []


def test_what_is_under_review_or_in_the_trash_is_not_found(valkey, owner_client, alice, images):
    know_words(a_fox="up")
    quarantine(images=Image.objects.filter(pk=images[2].pk), actor=None)
    trash_images(images=Image.objects.filter(pk=images[1].pk), owner=alice)
    assert found(owner_client, "meaning=a+fox") == ids(images[0])
    refused = owner_client.api("GET", f"/images?similar={images[2].pk}&by=meaning")
    assert "under review" in error_of(refused, 422, "invalid_parameters")["similar"]


def test_a_site_without_a_model_says_so(owner_client, alice):
    image = make_image(alice)
    for query, field in ((f"similar={image.pk}&by=meaning", "by"), ("meaning=fox", "meaning")):
        assert (
            "no CLIP or SigLIP model"
            in error_of(owner_client.api("GET", f"/images?{query}"), 422, "invalid_parameters")[field]
        )
    begin_index()
    index.end()
    assert "meaning" in error_of(owner_client.api("GET", "/images?meaning=fox"), 422, "invalid_parameters")


def test_an_image_that_waits_for_its_vector_says_how_far_it_is(owner_client, alice):
    first = make_image(alice)
    point([first], "up")
    waiting = make_image(alice, index=1)
    said = error_of(owner_client.api("GET", f"/images?similar={waiting.pk}&by=meaning"), 422, "invalid_parameters")[
        "similar"
    ]
    assert said == "The image is not indexed by meaning yet. 1 of 2 images are indexed by meaning so far."


def test_without_a_worker_words_are_refused_and_images_are_not(valkey, owner_client, images):
    error_of(owner_client.api("GET", "/images?meaning=a+fox"), 503, "meaning_unavailable")
    assert found(owner_client, f"similar={images[0].pk}&by=meaning") == ids(*images)


@pytest.mark.parametrize(
    ("query", "field"),
    [("meaning=" + "x" * 301, "meaning"), ("by=smell", "by"), ("meaning=%00", "meaning")],
)
def test_bad_values_are_refused(owner_client, query, field):
    assert field in error_of(owner_client.api("GET", f"/images?{query}"), 422, "invalid_parameters")


def test_words_and_an_image_exclude_each_other(owner_client, images):
    refused = owner_client.api("GET", f"/images?similar={images[0].pk}&meaning=fox")
    assert "together with similar" in error_of(refused, 422, "invalid_parameters")["meaning"]
