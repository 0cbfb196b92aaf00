"""Counts of the matching images by value."""

import pytest

from gallery.actions.tags import change_tags
from gallery.models import Image
from gallery.search import facets
from gallery.search.facets import count_facets
from gallery.search.filters import ImageFilter

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
