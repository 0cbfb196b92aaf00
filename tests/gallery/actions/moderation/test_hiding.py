"""Who is told that images are hidden: whoever saw them, and nobody else."""

import pytest

from gallery.actions import collection_sharing, collections
from gallery.actions.bulk.run import run_action
from gallery.actions.moderation import hiding
from gallery.actions.moderation.decisions import decide, delete_for_good
from gallery.actions.trash import trash_images
from gallery.models import Collection, Image
from tests.support.factories import make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    """What the listeners were told: (ids, person)."""
    messages = []
    monkeypatch.setattr(hiding, "listeners", [lambda ids, person: messages.append((ids, person))])
    return messages


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """A context in which what waits for the commit is done."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def public(alice):
    """A public image of Alice's."""
    return published(make_image(alice))


def published(image):
    run_action(owner=image.owner, action="visibility", value="public", ids=[image.pk])
    return image


def rows(*images):
    return Image.objects.filter(pk__in=[image.pk for image in images])


@pytest.mark.parametrize("deed", ["hold", "private", "delete"])
def test_everybody_is_told_of_what_everybody_saw(told, public, alice, moderator, commits, deed):
    private = make_image(alice)
    with commits():
        decide(deed=deed, images=rows(public, private), actor=moderator)
    assert told == [([str(public.pk)], None)]


@pytest.mark.parametrize("deed", ["blur", "approve"])
def test_what_others_still_see_is_not_told(told, public, moderator, commits, deed):
    with commits():
        decide(deed=deed, images=rows(public), actor=moderator)
    assert told == []


def test_what_was_hidden_before_is_not_told_again(told, public, moderator, commits):
    decide(deed="hold", images=rows(public), actor=moderator)
    with commits():
        decide(deed="delete", images=rows(public), actor=moderator)
    assert told == []


@pytest.mark.parametrize("way", ["trash", "private", "trash one", "for good"])
def test_their_owners_hide_them_too(told, public, alice, moderator, commits, way):
    with commits():
        if way == "trash":
            run_action(owner=alice, action="trash", ids=[public.pk])
        elif way == "private":
            run_action(owner=alice, action="visibility", value="private", ids=[public.pk])
        elif way == "trash one":
            trash_images(images=rows(public), owner=alice)
        else:
            delete_for_good(images=rows(public), actor=moderator, reason="spam")
    assert told == [([str(public.pk)], None)]


def test_members_hear_of_what_only_their_collection_shows(told, alice, charlie, moderator, commits):
    image, other = make_image(alice), make_image(alice)
    collection = collections.create_collection(owner=alice, name="Skies")
    collections.add_images(collection=collection, ids=[image.pk])
    collection_sharing.set_member(collection=collection, username=charlie.username, may_add=False)
    make_user("nobody")
    with commits():
        decide(deed="hold", images=rows(image, other), actor=moderator)
    assert told == [([str(image.pk)], charlie.pk)]


def test_an_open_collection_shows_to_everybody(told, alice, moderator, commits):
    image = make_image(alice)
    collection = collections.create_collection(owner=alice, name="Skies")
    collections.add_images(collection=collection, ids=[image.pk])
    Collection.objects.update(visibility="members")
    with commits():
        decide(deed="hold", images=rows(image), actor=moderator)
    assert told == [([str(image.pk)], None)]


def test_a_site_that_shares_nothing_tells_nobody(told, public, moderator, commits, settings):
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": "off"}
    with commits():
        decide(deed="hold", images=rows(public), actor=moderator)
    assert told == []


def test_many_are_told_in_several_messages(told, alice, moderator, commits, monkeypatch):
    monkeypatch.setattr(hiding, "TOGETHER", 2)
    monkeypatch.setattr(hiding, "MOST_IMAGES", 3)
    images = [published(make_image(alice, index=place)) for place in range(4)]
    with commits():
        decide(deed="hold", images=rows(*images), actor=moderator)
    assert [len(ids) for ids, _person in told] == [2, 1]
