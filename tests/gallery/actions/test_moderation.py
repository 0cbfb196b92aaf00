"""Pictures that are held back: who sees what of them, and who lets them go."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from PIL import Image as Pillow

from gallery.actions.moderation import quarantine, release
from gallery.models import Image
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(alice):
    image = make_image(alice, size=(640, 320))
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    image.refresh_from_db()
    return image


@pytest.fixture
def moderator(bob):
    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    return bob


@pytest.mark.parametrize("door", ["image_file", "api:get_image_file"])
def test_its_owner_gets_no_file_and_a_grey_thumbnail(client, alice, charlie, held, door):
    client.force_login(alice)
    answer = client.get(reverse(door, args=[held.pk]))
    assert answer.status_code == 403
    assert b"held back" in answer.content
    small = client.get(reverse(door.replace("file", "thumbnail"), args=[held.pk]))
    assert small["Cache-Control"] == "no-store"
    with Pillow.open(io.BytesIO(small.content)) as grey:
        assert grey.size == (80, 40)
        assert all(120 < value < 136 for value in grey.convert("RGB").getpixel((40, 20)))
    client.force_login(charlie)
    assert client.get(reverse(door, args=[held.pk])).status_code == 404
    # whoever kept a copy's ETag from before learns nothing by it either
    client.force_login(alice)
    tag = f'"{held.sha256[:32]}"'
    assert client.get(reverse(door, args=[held.pk]), headers={"If-None-Match": tag}).status_code == 403


def test_its_owner_still_sees_that_it_is_there(client, alice, held):
    client.force_login(alice)
    [item] = client.get("/api/v1/images").json()["items"]
    assert (item["id"], item["quarantined"]) == (str(held.pk), True)
    assert client.get(reverse("library")).status_code == 200
    page = client.get(reverse("image", args=[held.pk])).content.decode()
    assert "held back until a moderator" in page
    assert reverse("image_file", args=[held.pk]) not in page


def test_a_moderator_sees_it_and_lets_it_go(client, alice, moderator, held):
    client.force_login(moderator)
    assert client.get(reverse("image_file", args=[held.pk])).status_code == 200
    assert release(images=Image.objects.filter(pk=held.pk), actor=moderator) == 1
    assert release(images=Image.objects.filter(pk=held.pk), actor=moderator) == 0
    client.force_login(alice)
    assert client.get(reverse("image_file", args=[held.pk])).status_code == 200
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == ["image.quarantined", "image.released"]


def test_the_admin_lists_what_is_held_back_and_releases_it(client, moderator, held):
    shown = make_image(held.owner, index=1)
    moderator.user_permissions.add(Permission.objects.get(codename="delete_image"))
    client.force_login(moderator)
    listing = reverse("admin:gallery_image_changelist")
    page = client.get(f"{listing}?quarantined_at__isempty=0").content.decode()
    assert str(held.pk) in page
    assert str(shown.pk) not in page
    client.post(listing, {"action": "release_selected", "_selected_action": [held.pk, shown.pk]})
    held.refresh_from_db()
    assert held.quarantined_at is None
    client.post(listing, {"action": "quarantine_selected", "_selected_action": [held.pk]})
    held.refresh_from_db()
    assert held.quarantined_at is not None


def test_who_may_only_look_releases_nothing(client, moderator, held):
    client.force_login(moderator)
    listing = reverse("admin:gallery_image_changelist")
    client.post(listing, {"action": "release_selected", "_selected_action": [held.pk]})
    held.refresh_from_db()
    assert held.quarantined_at is not None


def test_it_is_no_picture_to_start_from(alice, held, checkpoint):
    from generation.errors import JobRefused
    from tests.support.factories import make_job

    with pytest.raises(JobRefused) as refused:
        make_job(alice, checkpoint, init_image=f"image:{held.pk}")
    assert "init_image" in refused.value.fields
