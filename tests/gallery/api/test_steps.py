"""Previews of steps over HTTP: by whom they are seen, and how they are cached."""

import pytest
from django.utils import timezone

from gallery.models import Image
from tests.gallery.conftest import store

ADDRESSES = ("/images/{}/steps/4", "/api/v1/images/{}/steps/4")


@pytest.fixture
def image(alice):
    return store(alice, steps={4: b"four", 12: b"twelve"})


def change(image, **columns):
    Image.objects.filter(pk=image.pk).update(**columns)


def test_the_owner_lists_and_gets_them(as_alice, image):
    listed = as_alice.get(f"/api/v1/images/{image.pk}/steps").json()
    assert [one["step"] for one in listed["items"]] == [4, 12]
    assert listed["size_bytes"] == image.steps["bytes"]
    assert as_alice.get(f"/api/v1/images/{image.pk}").json()["kept_steps"] == [4, 12]
    assert as_alice.get(listed["items"][1]["file_url"]).content == b"twelve"
    for address in ADDRESSES:
        response = as_alice.get(address.format(image.pk))
        assert (response.content, response["Content-Type"]) == (b"four", "image/jpeg")
        assert response["Cache-Control"] == "private, no-cache"
        again = as_alice.get(address.format(image.pk), headers={"If-None-Match": response["ETag"]})
        assert again.status_code == 304
    assert "attachment" in as_alice.get(f"{ADDRESSES[0].format(image.pk)}?download")["Content-Disposition"]
    for wrong in (0, 5, 99_999):
        assert as_alice.get(f"/images/{image.pk}/steps/{wrong}").status_code == 404
        assert as_alice.get(f"/api/v1/images/{image.pk}/steps/{wrong}").status_code == 404


def test_others_see_them_as_they_see_the_image_and_its_settings(as_charlie, image):
    def answers():
        return {as_charlie.get(address.format(image.pk)).status_code for address in ADDRESSES}

    assert answers() == {404}
    assert as_charlie.get(f"/api/v1/images/{image.pk}/steps").status_code == 404
    change(image, visibility="members", published_at=timezone.now())
    assert answers() == {200}
    change(image, strips_metadata=True)
    assert answers() == {404}
    assert as_charlie.get(f"/api/v1/images/{image.pk}/steps").json() == {"size_bytes": 0, "items": []}
    assert "data-steps" not in as_charlie.get(f"/images/{image.pk}/panel/").content.decode()


def test_under_review_nobody_but_moderators_sees_them(as_alice, as_moderator, image):
    assert "data-steps" in as_alice.get(f"/images/{image.pk}/panel/").content.decode()
    change(image, quarantined_at=timezone.now())
    for address in ADDRESSES:
        assert as_alice.get(address.format(image.pk)).status_code == 403
        assert as_moderator.get(ADDRESSES[0].format(image.pk)).status_code == 200
    assert "data-steps" not in as_alice.get(f"/images/{image.pk}/panel/").content.decode()


def test_visitors_get_those_of_public_images_only(client, image):
    assert client.get(ADDRESSES[0].format(image.pk)).status_code == 302
    change(image, visibility="public", published_at=timezone.now())
    assert client.get(ADDRESSES[0].format(image.pk)).content == b"four"
