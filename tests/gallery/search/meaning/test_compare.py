"""The nearest images by meaning, by both plans: each of few compared, and blocks of all."""

import numpy as np
import pytest

from gallery.models import Image
from gallery.search.meaning import compare, index
from gallery.search.meaning.compare import Meaning
from gallery.search.meaning.vectors import pack, unpack
from tests.support.library import make_library
from tests.support.meaning import begin_index

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["of each", "of blocks"])
def plan(request, monkeypatch):
    """Both plans, in small."""
    if request.param == "of blocks":
        monkeypatch.setattr(compare, "MOST_COMPARED", 3)
    monkeypatch.setattr(compare, "AT_ONCE", 5)
    monkeypatch.setattr(index, "BLOCK", 16)


def scattered(owner, number, seed):
    """Return images with vectors in all directions, and the vectors."""
    rows = make_library(owner, number, seed=seed, trashed=0)
    drawn = np.random.default_rng(seed).standard_normal((number, 4)).astype(np.float32)
    drawn = unpack(b"".join(map(pack, drawn)), 4)  # as stored, so that no two are in another order by rounding
    vectors = {image.pk: vector for image, vector in zip(rows, drawn, strict=True)}
    index.store_vectors(index.current_model() or begin_index(), vectors)
    return vectors


def by_hand(vectors, query):
    return sorted(vectors, key=lambda pk: -float(vectors[pk] @ query / np.linalg.norm(vectors[pk])))


def test_the_nearest_are_those_that_comparing_each_finds(alice, charlie, plan, monkeypatch):
    monkeypatch.setattr(compare, "MOST_SIMILAR", 8)
    hers, his = scattered(alice, 40, 0), scattered(charlie, 40, 1)
    query = np.array((1, -0.4, 0.2, 0.1), np.float32)
    meaning = Meaning(index.current_model(), query)
    for owner, vectors in ((alice, hers), (charlie, his), (None, hers | his)):
        images = Image.objects.filter(pk__in=list(vectors))
        found = meaning.narrow(images, owner)
        assert set(found.values_list("pk", flat=True)) == set(by_hand(vectors, query)[:8])
        ranked = [pk for _far, _moment, pk in sorted(meaning.distances(found))]
        assert ranked == by_hand(vectors, query)[:8]


def test_other_conditions_come_before_the_limit(alice, plan, monkeypatch):
    monkeypatch.setattr(compare, "MOST_SIMILAR", 3)
    vectors = scattered(alice, 40, 0)
    query = np.array((0, 1, 0, 0), np.float32)
    farthest = by_hand(vectors, query)[-5:]
    found = Meaning(index.current_model(), query).narrow(Image.objects.filter(pk__in=farthest), alice)
    assert set(found.values_list("pk", flat=True)) == set(farthest[:3])


def test_more_vectors_than_candidates_keep_the_best(alice, monkeypatch):
    monkeypatch.setattr(compare, "MOST_COMPARED", 3)
    monkeypatch.setattr(compare, "MOST_CANDIDATES", 4)
    monkeypatch.setattr(index, "BLOCK", 8)
    vectors = scattered(alice, 40, 0)
    query = np.array((0, 0, 1, 1), np.float32)
    found = Meaning(index.current_model(), query).narrow(Image.objects.all(), alice)
    assert set(found.values_list("pk", flat=True)) == set(by_hand(vectors, query)[:4])


def test_what_is_not_indexed_is_not_found(alice, plan):
    make_library(alice, 5, seed=3)
    begin_index()
    meaning = Meaning(index.current_model(), np.ones(4, np.float32))
    assert not meaning.narrow(Image.objects.all(), alice).exists()
