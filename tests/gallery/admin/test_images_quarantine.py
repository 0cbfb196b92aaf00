"""Images under review in the admin: listed, and approved by moderators."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(bob):
    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    return bob


def test_the_admin_lists_images_under_review_and_approves_them(client, moderator, held):
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
    client.post(listing, {"action": "quarantine_selected", "_selected_action": [held.pk], "confirmed": "yes"})
    held.refresh_from_db()
    assert held.quarantined_at is not None


def test_the_permission_to_view_does_not_approve(client, moderator, held):
    client.force_login(moderator)
    listing = reverse("admin:gallery_image_changelist")
    client.post(listing, {"action": "release_selected", "_selected_action": [held.pk]})
    held.refresh_from_db()
    assert held.quarantined_at is not None
