"""Handing over: what the other person gets, and what ends."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.urls import reverse

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import set_tags
from gallery.models import Collection, Image, ImageTag, Upload, VectorBlock
from generation.models import Job
from sdsite.accounts.models import AuditEvent, User
from sdsite.people.hand_over import hand_over
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user
from tests.support.images import upload_of
from tests.support.meaning import point

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def belongings(job, alice, charlie):
    """Alice, with a job, two images, a tag, collections and an upload; Charlie has a collection and upload as hers."""
    image = Image.objects.owned_by(alice).first()
    set_tags(image=image, names=["sea"])
    for owner, name in ((alice, "Skies"), (alice, "Seas"), (charlie, "skies")):
        create_collection(owner=owner, name=name)
    add_images(collection=Collection.objects.get(owner=alice, name="Skies"), ids=[image.pk])
    upload_of(alice)
    upload_of(charlie)
    return alice


def test_the_other_person_has_it_all_and_the_account_is_gone(belongings, charlie, root, as_charlie):
    point(Image.objects.owned_by(belongings), "up", "north")
    hand_over(belongings, to=charlie, actor=root)
    assert VectorBlock.objects.get().owner == charlie
    assert not User.objects.filter(username="alice").exists()
    assert Image.objects.owned_by(charlie).count() == 2
    assert all(default_storage.exists(name) for image in Image.objects.all() for name in image.files)
    assert Job.objects.get().owner == charlie
    assert Job.objects.get().status == "cancelled"
    assert ImageTag.objects.get().owner == charlie
    assert sorted(Collection.objects.values_list("name", flat=True)) == ["Seas", "Skies (alice)", "skies"]
    assert Collection.objects.get(name="Skies (alice)").images.count() == 1
    assert Upload.objects.get().owner == charlie
    assert as_charlie.get(f"/images/{Image.objects.first().pk}/").status_code == 200
    assert AuditEvent.objects.get(action="user.handed_over").detail == {"to": "charlie"}


def test_it_goes_to_another_person_who_is_not_suspended(belongings, charlie, root):
    charlie.is_active = False
    charlie.save()
    for person in (belongings, charlie):
        with pytest.raises(ValidationError, match="another person"):
            hand_over(belongings, to=person, actor=root)
    assert Image.objects.owned_by(belongings).count() == 2


def test_names_of_collections_stay_different_however_long_they_are(charlie, root):
    long = make_user("a" * 150)
    for ending in ("x", "y"):
        create_collection(owner=long, name="b" * 99 + ending)
        create_collection(owner=charlie, name="b" * 99 + ending)
    hand_over(long, to=charlie, actor=root)
    names = Collection.objects.owned_by(charlie).values_list("name", flat=True)
    assert len(set(names)) == 4
    assert max(map(len, names)) == 100


def address(person):
    return reverse("admin:accounts_user_hand_over_this", args=[person.pk])


def test_an_administrator_sees_the_counts_first(as_root, belongings, charlie):
    page = as_root.get(address(belongings)).content.decode()
    for said in ("Images: 2. Jobs: 1. Collections: 2. Uploads: 1.", "Unfinished jobs: 1."):
        assert said in page
    for wrong in ("nobody", "alice"):
        assert 'role="alert"' in as_root.post(address(belongings), {"to": wrong}).content.decode()
    assert User.objects.filter(username="alice").exists()
    assert as_root.get(reverse("admin:accounts_user_hand_over_this", args=[0])).status_code == 404
    page = as_root.post(address(belongings), {"to": "charlie"}, follow=True).content.decode()
    assert "alice was handed over to charlie." in page
    assert not User.objects.filter(username="alice").exists()


def test_nobody_else_hands_over(bob, belongings, charlie, as_charlie, act):
    from django.contrib.auth.models import Permission

    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts", codename__endswith="_user"))
    for client in (client_of(bob), as_charlie):
        client.post(address(belongings), {"to": "charlie"})
    assert Image.objects.owned_by(belongings).count() == 2
