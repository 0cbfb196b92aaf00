"""Images under review: what their owner and a moderator see, and their release."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from gallery.actions.moderation import release
from gallery.models import Image
from sdsite.accounts.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(bob):
    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    return bob


def test_its_owner_still_sees_that_it_is_there(client, alice, held):
    client.force_login(alice)
    [item] = client.get("/api/v1/images").json()["items"]
    assert (item["id"], item["quarantined"]) == (str(held.pk), True)
    assert client.get(reverse("library")).status_code == 200
    page = client.get(reverse("image", args=[held.pk])).content.decode()
    assert "under review by a moderator" in page
    assert reverse("image_file", args=[held.pk]) not in page


def test_a_moderator_sees_it_and_lets_it_go(client, alice, moderator, held):
    client.force_login(moderator)
    assert client.get(reverse("image_file", args=[held.pk])).status_code == 200
    assert release(images=Image.objects.filter(pk=held.pk), actor=moderator) == 1
    assert release(images=Image.objects.filter(pk=held.pk), actor=moderator) == 0
    client.force_login(alice)
    assert client.get(reverse("image_file", args=[held.pk])).status_code == 200
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == ["image.quarantined", "image.released"]
