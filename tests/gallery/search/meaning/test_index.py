"""The index of search by meaning: begun, filled in pieces, begun anew, and without what was deleted."""

import numpy as np
import pytest

from gallery.actions.delete_images import delete_images
from gallery.models import Image, ImageVector, VectorBlock
from gallery.search.meaning import index
from gallery.search.meaning.vectors import unpack_ids
from tests.support.factories import make_image
from tests.support.library import make_library
from tests.support.meaning import SHA256, begin_index, point

pytestmark = pytest.mark.django_db

UP = np.array((0, 0, 1, 0), np.float32)


def fill(row, most=7):
    """Give every image a vector as a worker does, `most` at a time; return how many each piece had."""
    sizes = []
    while True:
        images = index.next_images(row, most)
        if not images and row.is_finished:
            return sizes
        sizes.append(index.store_vectors(row, {image.pk: UP for image in images}))


def in_blocks():
    return sorted(pk for ids in VectorBlock.objects.values_list("ids", flat=True) for pk in unpack_ids(ids))


def test_older_images_are_gone_through_once_in_pieces(alice, charlie, monkeypatch):
    monkeypatch.setattr(index, "LOOKED_AT", 10)
    monkeypatch.setattr(index, "BLOCK", 8)
    rows = make_library(alice, 20) + make_library(charlie, 5, seed=1)
    row = begin_index()
    assert not index.count_progress(row).is_finished
    assert max(fill(row)) == 7
    assert in_blocks() == sorted(image.pk for image in rows)
    assert sorted(VectorBlock.objects.filter(owner=alice).values_list("images", flat=True)) == [4, 8, 8]
    assert index.count_progress(row) == index.Progress(25, 25, is_finished=True)
    assert fill(row) == []


def test_a_new_image_comes_before_the_older_ones(alice):
    make_library(alice, 3)
    row = begin_index()
    new = make_image(alice)
    assert index.next_images(row, 1) == [new]
    fill(row)
    later = make_image(alice, index=1)
    assert not index.count_progress(row).is_finished
    assert index.next_images(row, 9) == [later]


def test_nothing_is_noted_without_a_model(alice):
    make_image(alice)
    assert not ImageVector.objects.exists()
    assert not index.rebuild()
    assert index.current_model() is None


def test_images_stored_while_it_was_off_are_found_when_it_is_on_again(alice):
    make_library(alice, 2)
    fill(begin_index())
    index.end()
    missed = make_image(alice)
    row = begin_index()
    assert row.revision == 1
    assert sum(fill(row)) == 1
    assert missed.pk in in_blocks()
    assert len(in_blocks()) == 3


def test_another_model_begins_anew_and_the_old_one_stores_nothing_more(alice):
    [image] = make_library(alice, 1, trashed=0)
    old = point([image], "up")
    new = index.begin(sha256="ab" * 32, title="Other", dimensions=8)
    assert in_blocks() == []
    assert index.store_vectors(old, {image.pk: UP}) == 0
    assert ImageVector.objects.get().revision == old.revision
    assert index.store_vectors(new, {image.pk: np.ones(8, np.float32)}) == 1
    assert ImageVector.objects.get().revision == new.revision
    assert (begin_index().revision, new.revision) == (3, 2)


def test_a_rebuild_keeps_the_model(alice):
    make_library(alice, 2)
    row = begin_index()
    fill(row)
    assert index.rebuild()
    again = index.current_model()
    assert (again.sha256, again.revision) == (SHA256, row.revision + 1)
    assert sum(fill(again)) == 2


def test_storing_twice_changes_nothing(alice):
    rows = make_library(alice, 3)
    row = begin_index()
    vectors = {image.pk: UP for image in rows}
    assert [index.store_vectors(row, vectors) for _ in range(2)] == [3, 0]
    assert len(in_blocks()) == 3


def test_an_image_without_a_readable_file_is_passed_over(alice):
    [image] = make_library(alice, 1)
    row = begin_index()
    assert index.store_vectors(row, {image.pk: None}) == 1
    assert in_blocks() == []
    assert index.next_images(row, 5) == []


def test_a_deleted_image_leaves_nothing(alice):
    rows = make_library(alice, 3, trashed=0)
    row = point(rows, "up", "north", "east")
    delete_images(images=Image.objects.filter(pk=rows[1].pk), actor=alice)
    assert in_blocks() == sorted([rows[0].pk, rows[2].pk])
    assert ImageVector.objects.count() == 2
    assert index.store_vectors(row, {rows[1].pk: UP}) == 0
    delete_images(images=Image.objects.all(), actor=alice)
    assert not VectorBlock.objects.exists()
