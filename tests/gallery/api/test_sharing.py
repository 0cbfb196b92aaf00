"""Sharing over the API: links, likes and reports, and what others see of an image."""

import pytest
from django.utils import timezone

from gallery.models import Image, Report, ShareLink
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def image(alice):
    """An image of alice."""
    return make_image(alice)


def share(image, **columns):
    Image.objects.filter(pk=image.pk).update(visibility="members", published_at=timezone.now(), **columns)


def test_a_link_is_made_listed_and_revoked(owner_client, charlie_client, image):
    made = owner_client.api("POST", f"/images/{image.pk}/links", {"password": "sesame"}).json()
    assert made["url"] == f"http://testserver/s/{ShareLink.objects.get().token}/"
    assert (made["has_password"], made["is_open"], made["image"]) == (True, True, str(image.pk))
    assert owner_client.api("GET", f"/share-links?image={image.pk}").json()["items"] == [made]
    assert owner_client.api("GET", f"/share-links?collection={image.pk}").json()["items"] == []
    error_of(charlie_client.api("DELETE", f"/share-links/{made['id']}"), 404, "not_found")
    assert charlie_client.api("GET", "/share-links").json()["items"] == []
    for _ in range(2):
        assert owner_client.api("DELETE", f"/share-links/{made['id']}").status_code == 204
    assert owner_client.api("GET", "/share-links").json()["items"][0]["is_open"] is False


def test_only_the_owner_makes_links_and_not_to_what_is_in_the_trash(owner_client, charlie_client, image, settings):
    share(image)
    error_of(charlie_client.api("POST", f"/images/{image.pk}/links", {}), 404, "not_found")
    wrong = owner_client.api("POST", f"/images/{image.pk}/links", {"expires_at": "2001-01-01T00:00:00Z"})
    assert "expires_at" in error_of(wrong, 422, "invalid_parameters")
    Image.objects.update(trashed_at=timezone.now())
    error_of(owner_client.api("POST", f"/images/{image.pk}/links", {}), 404, "not_found")
    Image.objects.update(trashed_at=None)
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": "members"}
    error_of(owner_client.api("POST", f"/images/{image.pk}/links", {}), 403, "sharing_off")


def test_others_like_and_report_what_is_shared_with_them(charlie_client, owner_client, image):
    for method, path, body in (
        ("PUT", "like", None),
        ("DELETE", "like", None),
        ("POST", "report", {"reason": "rights"}),
    ):
        error_of(charlie_client.api(method, f"/images/{image.pk}/{path}", body), 404, "not_found")
    share(image)
    assert charlie_client.api("PUT", f"/images/{image.pk}/like").json() == {"likes": 1, "liked": True}
    seen = charlie_client.api("GET", f"/images/{image.pk}").json()
    assert (seen["likes"], seen["liked"], seen["is_own"], seen["owner"]) == (1, True, False, "alice")
    assert owner_client.api("GET", f"/images/{image.pk}").json()["liked"] is False
    assert charlie_client.api("DELETE", f"/images/{image.pk}/like").json() == {"likes": 0, "liked": False}
    assert charlie_client.api("POST", f"/images/{image.pk}/report", {"reason": "rights"}).status_code == 204
    assert Report.objects.get().reason == "rights"
    error_of(owner_client.api("POST", f"/images/{image.pk}/report", {"reason": "rights"}), 422, "invalid_parameters")


def test_others_see_no_marks_and_no_settings_where_the_owner_keeps_them(
    client, charlie, charlie_client, owner_client, image
):
    share(image, is_favourite=True, rating=4, note="mine", strips_metadata=True)
    seen = charlie_client.api("GET", f"/images/{image.pk}").json()
    assert (seen["favourite"], seen["rating"], seen["note"]) == (False, 0, "")
    assert (seen["parameters"], seen["seed"], seen["receipt"]) == ({}, 0, {})
    assert b"red heart" not in charlie_client.get(seen["file_url"]).content
    error_of(charlie_client.api("POST", "/settings-of", {"image_id": str(image.pk)}), 422, "unreadable_settings")
    client.force_login(charlie)
    assert client.get(f"/?from={image.pk}").status_code == 404
    own = owner_client.api("GET", f"/images/{image.pk}").json()
    assert (own["favourite"], own["rating"], own["note"], own["seed"]) == (True, 4, "mine", 7)
    assert b"red heart" in owner_client.get(own["file_url"]).content
    share(image, strips_metadata=False)
    assert charlie_client.api("GET", f"/images/{image.pk}").json()["parameters"]["prompt"] == "a red heart"


@pytest.mark.parametrize("scope", ["shared", "all"])
def test_searches_of_what_is_shared_tell_no_marks_of_others(charlie_client, image, scope):
    share(image, is_favourite=True, rating=4, note="mine")
    for path in ("/images", "/images/tiles"):
        [item] = charlie_client.api("GET", f"{path}?scope={scope}").json()["items"]
        assert (item["favourite"], item["rating"]) == (False, 0)
        for mark in ("favourite=true", "favourite=false", "rating=4", "min_rating=1"):
            assert charlie_client.api("GET", f"{path}?scope={scope}&{mark}").json()["items"] == []
    error_of(charlie_client.api("GET", f"/images/tiles?scope={scope}&order=rating"), 422, "invalid_parameters")
    facets = charlie_client.api("GET", f"/images/facets?scope={scope}").json()
    assert (facets["ratings"], facets["favourites"], facets["images"]) == ([], [], 1)


@pytest.mark.parametrize("scope", ["shared", "all"])
def test_searches_of_what_is_shared_tell_no_settings_that_the_owner_keeps(charlie_client, owner_client, image, scope):
    share(image, strips_metadata=True)
    for path in ("/images", "/images/tiles"):
        assert charlie_client.api("GET", f"{path}?scope={scope}").json()["items"] == []
        assert len(owner_client.api("GET", f"{path}?scope=all").json()["items"]) == 1
    assert charlie_client.api("GET", f"/images/facets?scope={scope}").json()["checkpoints"] == []
    assert charlie_client.api("GET", f"/images/count?scope={scope}&q=heart").json()["images"] == 0
