"""Actions on images of several people: what they will do in numbers, and that they do it by each owner's rules."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.actions import collections
from gallery.actions.sharing import create_link, report_image
from gallery.models import Image, ImageTag, Report, ShareLink
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("valkey_alone")
IMAGES = reverse("admin:gallery_image_changelist")


def said(answer):
    """Return what a page says of an action, as one line."""
    [effects] = re.findall(r"<ul[^>]*data-effects.*?</ul>", answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", effects).split())


@pytest.fixture
def images(alice, charlie):
    """A public one of Alice with a link, one of Charlie in the trash, and one of his that is under review there."""
    public, trashed, held = make_image(alice), make_image(charlie), make_image(charlie, index=1)
    now = timezone.now()
    Image.objects.filter(pk=public.pk).update(visibility="public", published_at=now)
    Image.objects.filter(pk=trashed.pk).update(trashed_at=now)
    Image.objects.filter(pk=held.pk).update(trashed_at=now, quarantined_at=now)
    create_link(owner=alice, image=public)
    return public, trashed, held


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("quarantine_selected", "2 images of 2 people will be hidden until somebody approves them. Hidden already: 1."),
        ("make_private", "3 images of 2 people will be private. Shared now: 1. 1 open share link will be"),
        ("publish", "2 images of 2 people will be shown to everybody who may see shared images."),
        ("restore_selected", "1 image will leave the trash and be in the libraries of their owners again. Not in"),
    ],
)
def test_an_action_says_what_it_will_do(as_root, images, act, action, words):
    assert words in said(act(as_root, IMAGES, action, *images, ask=True))
    assert Image.objects.filter(published_at=None).count() == 2
    assert Image.objects.trashed().count() == 2


def test_restoring_gives_back_what_is_not_under_review(as_root, root, images, act):
    page = act(as_root, IMAGES, "restore_selected", *images).content.decode()
    assert "1 restored." in page
    assert {image.pk for image in Image.objects.trashed()} == {images[2].pk}
    [event] = AuditEvent.objects.filter(action="images.restore")
    assert (event.actor, event.target, event.detail) == (root, "charlie", {"images": 1})


def test_publishing_and_making_private_are_each_others_opposite(as_root, images, act):
    public, other, _ = images
    Image.objects.filter(pk=other.pk).update(trashed_at=None)
    assert "1 made private." in act(as_root, IMAGES, "make_private", public).content.decode()
    assert not Image.objects.filter(published_at__isnull=False).exists()
    assert not ShareLink.objects.open().exists()
    assert "1 published." in act(as_root, IMAGES, "publish", other).content.decode()
    assert Image.objects.get(pk=other.pk).visibility == "public"


def test_a_deletion_says_how_much_goes(as_root, images, act):
    Image.objects.update(size_bytes=2_000_000)
    page = act(as_root, IMAGES, "delete_selected", *images).content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace("\xa0", " ")
    assert "3 images of alice, charlie, 5.7 MB: rows, files and thumbnails, for good." in words
    assert "Shared now: 1. In the trash: 2." in words
    assert Image.objects.count() == 3


def test_deleting_collections_and_tags_says_how_much_goes(as_root, alice, charlie, act):
    image = make_image(alice)
    skies = collections.create_collection(owner=alice, name="Skies")
    collections.add_images(collection=skies, ids=[image.pk])
    text = act(as_root, reverse("admin:gallery_collection_changelist"), "delete_selected", skies).content.decode()
    assert "1 collection of 1 person, for good. Their images stay" in text
    tags = [ImageTag.objects.create(image=image, owner=alice, name=name) for name in ("blue", "red")]
    text = act(as_root, reverse("admin:gallery_imagetag_changelist"), "delete_selected", *tags).content.decode()
    assert "blue, red: taken from 1 image of 1 person" in text
    report_image(reporter=charlie, image=image, reason="other")
    report = Report.objects.get()
    text = act(as_root, reverse("admin:gallery_report_changelist"), "resolve_selected", report, ask=True)
    assert "1 open report about 1 image will end as wrong; 1 person will be told." in text.content.decode()
    assert Report.objects.open().exists()
