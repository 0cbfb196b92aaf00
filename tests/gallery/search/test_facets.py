"""Counts of the matching images by value."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import change_tags
from gallery.models import Image
from gallery.search import facets
from gallery.search.facets import count_facets
from gallery.search.filters import ImageFilter, filter_images
from tests.support.library import make_library

pytestmark = pytest.mark.django_db


def test_facets_count_the_matching_images(alice, alice_images):
    change_tags(images=Image.objects.owned_by(alice), owner=alice, add=["all"])
    change_tags(images=Image.objects.filter(pk=alice_images["fox"].pk), owner=alice, add=["good"])
    every = count_facets(Image.objects.owned_by(alice), ImageFilter(), alice)
    assert every.checkpoints == [("starter", 3), ("sdxl", 2)]
    assert every.tasks == [("text_to_image", 4), ("upscale", 1)]
    assert every.formats == [("png", 4), ("webp", 1)]
    assert every.tags == [("all", 5), ("good", 1)]
    assert (every.images, every.all_counted) == (5, True)
    foxes = count_facets(Image.objects.owned_by(alice), ImageFilter(q="fox"), alice)
    assert (foxes.checkpoints, foxes.tags, foxes.images) == ([("starter", 2)], [("all", 2), ("good", 1)], 2)


def test_facets_of_very_many_are_those_of_the_newest(alice, alice_images, monkeypatch):
    monkeypatch.setattr(facets, "MOST_COUNTED", 1)
    newest = count_facets(Image.objects.owned_by(alice), ImageFilter(q="sea"), alice)
    assert (newest.images, newest.all_counted, newest.formats) == (1, False, [("png", 1)])


def counted(values):
    return sorted(Counter(values).items(), key=lambda one: (-one[1], one[0]))


def aspect(row):
    return "square" if row.width == row.height else "portrait" if row.width < row.height else "landscape"


NAIVE = {
    "checkpoints": lambda row: [row.checkpoint],
    "samplers": lambda row: [row.sampler],
    "loras": lambda row: [lora["name"] for lora in row.parameters["loras"]],
    "tasks": lambda row: [row.task],
    "formats": lambda row: [row.format],
    "sizes": lambda row: [f"{row.width}x{row.height}"],
    "aspects": lambda row: [aspect(row)],
    "ratings": lambda row: [str(row.rating)],
    "favourites": lambda row: [str(row.is_favourite).lower()],
    "visibilities": lambda row: [row.visibility],
}


@pytest.mark.parametrize(
    "said", [{}, {"q": "fox"}, {"min_rating": 3, "aspect": "portrait"}, {"lora": "ink", "q": "-sea"}]
)
def test_counts_are_those_of_looking_at_each_image(alice, charlie, said):
    make_library(alice, 70)
    make_library(charlie, 30, seed=8)
    own, wanted = Image.objects.owned_by(alice).kept(), ImageFilter(tz="Asia/Tokyo", **said)
    rows = list(filter_images(own, wanted, alice))
    found = count_facets(own, wanted, alice)
    assert found.images == len(rows)
    for kind, values in NAIVE.items():
        assert getattr(found, kind) == counted(value for row in rows for value in values(row)), kind
    months = Counter(f"{row.created_at.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m}" for row in rows)
    assert found.months == sorted(months.items(), reverse=True)


def test_collections_are_counted_by_their_ids(alice, alice_images):
    collection = create_collection(owner=alice, name="Reds")
    add_images(collection=collection, ids=[alice_images["ship"].pk, alice_images["fox"].pk])
    found = count_facets(Image.objects.owned_by(alice), ImageFilter(q="fox"), alice)
    assert found.collections == [(str(collection.pk), 1)]


def test_what_only_older_images_have_is_listed_without_a_number(alice, alice_images, monkeypatch):
    change_tags(images=Image.objects.filter(pk=alice_images["ship"].pk), owner=alice, add=["oldest"])
    monkeypatch.setattr(facets, "MOST_COUNTED", 1)
    found = count_facets(Image.objects.owned_by(alice), ImageFilter(), alice)
    assert (found.checkpoints, found.tags) == ([("starter", 1), ("sdxl", 0)], [("oldest", 0)])
