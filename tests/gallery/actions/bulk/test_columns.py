"""Actions that set columns, and what undoing them restores."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from gallery.actions.bulk.run import run_action, undo_action
from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    return [make_image(alice, index=index) for index in range(3)]


def ids(images):
    return [image.pk for image in images]


def values(column):
    return list(Image.objects.order_by("index").values_list(column, flat=True))


def test_undo_restores_each_images_own_value(alice, images):
    Image.objects.filter(pk=images[1].pk).update(rating=2)
    done = run_action(owner=alice, action="rate", value=5, ids=ids(images))
    assert (done.images, values("rating")) == (3, [5, 5, 5])
    assert undo_action(owner=alice, token=done.undo).images == 3
    assert values("rating") == [0, 2, 0]


def test_undo_leaves_alone_what_was_changed_since(alice, images):
    done = run_action(owner=alice, action="rate", value=5, ids=ids(images))
    run_action(owner=alice, action="rate", value=1, ids=ids(images[:1]))
    assert undo_action(owner=alice, token=done.undo).images == 2
    assert values("rating") == [1, 0, 0]


def test_what_had_the_value_before_keeps_it_when_others_are_undone(alice, images):
    run_action(owner=alice, action="favourite", ids=ids(images[:1]))
    done = run_action(owner=alice, action="favourite", ids=ids(images))
    assert done.images == 3
    undo_action(owner=alice, token=done.undo)
    assert values("is_favourite") == [True, False, False]


def test_an_action_that_changes_nothing_has_nothing_to_undo(alice, images):
    assert run_action(owner=alice, action="unfavourite", ids=ids(images)).undo is None


def test_restored_and_trashed_again_in_another_tab_stays_in_the_trash(alice, images):
    done = run_action(owner=alice, action="trash", ids=ids(images))
    assert run_action(owner=alice, action="trash", ids=ids(images)).images == 0, "the other tab's click finds none"
    run_action(owner=alice, action="restore", ids=ids(images[:1]))
    run_action(owner=alice, action="trash", ids=ids(images[:1]))
    assert undo_action(owner=alice, token=done.undo).images == 2
    assert [moment is None for moment in values("trashed_at")] == [False, True, True]


def test_visibility_publishes_once_and_undo_restores_the_moment(alice, images):
    moment = timezone.now()
    Image.objects.filter(pk=images[0].pk).update(visibility="members", published_at=moment)
    done = run_action(owner=alice, action="visibility", value="public", ids=ids(images))
    assert values("published_at")[0] == moment
    assert None not in values("published_at")
    private = run_action(owner=alice, action="visibility", value="private", ids=ids(images))
    assert values("published_at") == [None] * 3
    undo_action(owner=alice, token=private.undo)
    undo_action(owner=alice, token=done.undo)
    assert values("visibility") == ["members", "private", "private"]
    assert values("published_at") == [moment, None, None]


@pytest.mark.parametrize(("action", "value"), [("rate", 6), ("rate", True), ("rate", "5"), ("visibility", "all")])
def test_a_wrong_value_is_refused(alice, images, action, value):
    with pytest.raises(ValidationError) as refused:
        run_action(owner=alice, action=action, value=value, ids=ids(images))
    assert list(refused.value.message_dict) == ["value"]
