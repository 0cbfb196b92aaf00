"""Tags and collections of many images, and undoing them."""

import pytest
from django.core.exceptions import ValidationError

from gallery.actions.bulk import members
from gallery.actions.bulk.run import run_action, undo_action
from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import MOST_TAGS, set_tags
from gallery.models import Collection, CollectionItem, ImageTag
from tests.support.at_once import while_locked
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    return [make_image(alice, index=index) for index in range(3)]


def ids(images):
    return [image.pk for image in images]


def tags():
    return sorted(ImageTag.objects.values_list("image__index", "name"))


def test_tags_are_added_and_only_the_new_ones_removed_again(alice, images):
    set_tags(image=images[0], names=["sea"])
    done = run_action(owner=alice, action="tag", value=["Sea", "to print"], ids=ids(images[:2]))
    assert tags() == [(0, "sea"), (0, "to print"), (1, "sea"), (1, "to print")]
    undo_action(owner=alice, token=done.undo)
    assert tags() == [(0, "sea")]


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_do_not_give_an_image_too_many_tags_together(alice, images, monkeypatch):
    monkeypatch.setattr(members, "MOST_TAGS", 1)
    with while_locked(lambda: run_action(owner=alice, action="tag", value=["sea"], ids=ids(images))) as outcome:
        set_tags(image=images[0], names=["blue"])
    assert isinstance(outcome[0], ValidationError), outcome
    assert tags() == [(0, "blue")]


def test_removed_tags_come_back_where_they_were(alice, images):
    set_tags(image=images[0], names=["sea", "blue"])
    set_tags(image=images[1], names=["blue"])
    before = tags()
    done = run_action(owner=alice, action="untag", value="blue, sea", ids=ids(images))
    assert tags() == []
    set_tags(image=images[1], names=["blue"])
    undo_action(owner=alice, token=done.undo)
    assert tags() == before


def test_no_image_is_tagged_if_one_would_have_too_many(alice, images):
    set_tags(image=images[2], names=[str(number) for number in range(MOST_TAGS)])
    with pytest.raises(ValidationError, match="at most 50 tags; one would have 51"):
        run_action(owner=alice, action="tag", value=["sea"], ids=ids(images))
    assert ("sea",) not in ImageTag.objects.values_list("name")


def test_a_new_collection_goes_with_its_undo(alice, images):
    done = run_action(owner=alice, action="collect", value="Skies", ids=ids(images))
    collection = Collection.objects.get(name="Skies")
    assert collection.items.count() == 3
    undo_action(owner=alice, token=done.undo)
    assert not Collection.objects.exists()


def test_what_was_in_a_collection_before_stays(alice, images):
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=ids(images[:1]))
    done = run_action(owner=alice, action="collect", value=str(collection.pk), ids=ids(images))
    undo_action(owner=alice, token=done.undo)
    assert list(collection.items.values_list("image", flat=True)) == ids(images[:1])


def test_removed_images_come_back_with_their_place(alice, images):
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=ids(images))
    before = list(collection.items.values_list("image", "added_at"))
    done = run_action(owner=alice, action="remove_from_collection", value=str(collection.pk), ids=ids(images[1:]))
    assert (done.images, CollectionItem.objects.count()) == (2, 1)
    undo_action(owner=alice, token=done.undo)
    assert sorted(collection.items.values_list("image", "added_at")) == sorted(before)


def test_undoing_after_the_collection_is_gone_does_nothing(alice, images):
    done = run_action(owner=alice, action="collect", value="Skies", ids=ids(images))
    Collection.objects.all().delete()
    assert undo_action(owner=alice, token=done.undo).images == 0


def test_a_strangers_collection_is_none(alice, charlie, images):
    foreign = create_collection(owner=charlie, name="Skies")
    with pytest.raises(ValidationError):
        run_action(owner=alice, action="remove_from_collection", value=str(foreign.pk), ids=ids(images))


WRONG = [("tag", []), ("tag", ["a,b"]), ("tag", 3), ("collect", ""), ("untag", None)]


@pytest.mark.parametrize(("action", "value"), WRONG)
def test_a_wrong_value_is_refused(alice, images, action, value):
    with pytest.raises(ValidationError) as refused:
        run_action(owner=alice, action=action, value=value, ids=ids(images))
    assert list(refused.value.message_dict) == ["value"]
