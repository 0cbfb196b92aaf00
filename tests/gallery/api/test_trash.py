"""The trash over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.actions.trash import trash_images
from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_it_lists_the_last_deleted_first_a_page_at_a_time(owner_client, charlie_client, alice):
    images = [make_image(alice, index=index) for index in range(3)]
    make_image(alice)
    for place, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(trashed_at=timezone.now() - timedelta(hours=place))
    first = owner_client.api("GET", "/trash?limit=2").json()
    rest = owner_client.api("GET", f"/trash?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [str(image.pk) for image in images]
    assert rest["next"] is None
    assert charlie_client.api("GET", "/trash").json() == {"items": [], "next": None}


def test_it_is_emptied(owner_client, alice):
    make_image(alice)
    trash_images(images=Image.objects.all(), owner=alice)
    kept = make_image(alice)
    assert owner_client.api("DELETE", "/trash").json() == {"deleted": 1, "left": 0}
    assert list(Image.objects.all()) == [kept]
    assert owner_client.api("DELETE", "/trash").json() == {"deleted": 0, "left": 0}
