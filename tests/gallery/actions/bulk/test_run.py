"""Actions on many images: whose, which, in batches, and announced."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from gallery.actions import changes
from gallery.actions.bulk import run
from gallery.actions.bulk.run import find_images, run_action, undo_action
from gallery.models import Image
from gallery.search.filters import ImageFilter
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_a_search_changes_all_that_match_in_batches_and_undo_restores_them(alice, alice_images, charlie, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 1)
    done = run_action(owner=alice, action="trash", search=ImageFilter(q="red"))
    assert done.images == 2
    assert set(Image.objects.trashed().values_list("pk", flat=True)) == {
        alice_images["ship"].pk,
        alice_images["fox"].pk,
    }
    assert undo_action(owner=alice, token=done.undo).images == 2
    assert not Image.objects.trashed().exists()


def test_an_empty_search_is_everything_of_mine(alice, alice_images):
    assert run_action(owner=alice, action="favourite", search=ImageFilter()).images == 5
    assert Image.objects.filter(is_favourite=True).count() == 5


def test_a_search_beyond_the_bound_is_refused(alice, alice_images):
    with pytest.raises(ValidationError, match="at most 4 images at a time"):
        find_images(owner=alice, search=ImageFilter(), most=4)


def test_others_images_and_unknown_ids_are_passed_over(alice, charlie):
    own, foreign = make_image(alice), make_image(charlie)
    done = run_action(owner=alice, action="trash", ids=[own.pk, own.pk, foreign.pk, uuid.uuid4()])
    assert done.images == 1
    foreign.refresh_from_db()
    assert foreign.trashed_at is None


def test_only_the_trash_deletes_for_good(alice):
    kept, trashed = make_image(alice), make_image(alice)
    run_action(owner=alice, action="trash", ids=[trashed.pk])
    assert run_action(owner=alice, action="favourite", ids=[trashed.pk]).images == 0
    done = run_action(owner=alice, action="delete", ids=[kept.pk, trashed.pk])
    assert (done.images, done.undo) == (1, None)
    assert list(Image.objects.all()) == [kept]


def test_a_batch_costs_the_same_whatever_it_holds(alice, alice_images, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        run_action(owner=alice, action="rate", value=3, ids=[image.pk for image in alice_images.values()])


def test_what_was_done_is_announced(alice, monkeypatch, django_capture_on_commit_callbacks):
    heard = []
    monkeypatch.setattr(changes, "listeners", [heard.append])
    image = make_image(alice)
    with django_capture_on_commit_callbacks(execute=True):
        done = run_action(owner=alice, action="rate", value=2, ids=[image.pk])
        undo_action(owner=alice, token=done.undo)
        run_action(owner=alice, action="trash", search=ImageFilter())
    assert [(one.action, one.ids, one.value) for one in heard] == [
        ("rate", [str(image.pk)], 2),
        ("undo", None, "rate"),
        ("trash", None, None),
    ]
