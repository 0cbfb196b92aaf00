"""Explore and people's pages: for people who are logged in, and for visitors where the site shows public images."""

import pytest
from django.utils import timezone

from gallery.actions.collections import add_images, create_collection
from gallery.actions.moderation import quarantine
from gallery.models import Collection, Image
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


def share(image, visibility="public", **columns):
    Image.objects.filter(pk=image.pk).update(visibility=visibility, published_at=timezone.now(), **columns)


@pytest.fixture
def image(alice):
    """An image that everyone may see."""
    image = make_image(alice)
    share(image)
    return image


def test_visitors_see_public_images_only(client, alice, image):
    members = make_image(alice)
    share(members, "members")
    page = client.get("/explore/").content.decode()
    assert f"/images/{image.pk}/" in page
    assert str(members.pk) not in page
    shown = client.get(f"/images/{image.pk}/")
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-cache")
    assert "og:image" in shown.content.decode()
    for address in ("file", "thumbnail"):
        assert client.get(f"/images/{image.pk}/{address}").status_code == 200
    for address in (f"/images/{members.pk}/", f"/images/{members.pk}/file", f"/images/{image.pk}/panel/"):
        assert client.get(address).status_code == 302


@pytest.mark.parametrize(("allowed", "visitor", "member"), [("members", 302, 200), ("off", 302, 404)])
def test_a_site_may_show_less(client, charlie, image, settings, allowed, visitor, member):
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": allowed}
    assert client.get("/explore/").status_code == visitor
    assert client.get(f"/images/{image.pk}/").status_code == 302
    client.force_login(charlie)
    assert client.get("/explore/").status_code == member
    assert client.get(f"/images/{image.pk}/").status_code == member


def test_tabs_and_filters_are_the_address(client, charlie, image):
    client.force_login(charlie)
    page = client.get("/explore/?order=liked&checkpoint=starter&tag=none").content.decode()
    assert 'data-query="order=liked&amp;checkpoint=starter&amp;tag=none"' in page
    assert 'data-number="0"' in page
    assert 'data-number="1"' in client.get("/explore/?checkpoint=starter").content.decode()
    assert client.get("/explore/?cursor=x").status_code == 404


def test_people_have_a_page_of_what_they_share(client, alice, charlie, image):
    client.force_login(charlie)
    assert 'data-query="person=alice"' in client.get("/people/alice/").content.decode()
    for name in ("bob", "charlie2", "%00"):
        assert client.get(f"/people/{name}/").status_code == 404
    assert client.get("/people/charlie/").status_code == 200  # one's own, although it is empty
    Image.objects.update(visibility="private", published_at=None)
    assert client.get("/people/alice/").status_code == 404


def test_what_others_keep_to_themselves_is_on_no_page(client, charlie, image):
    share(image, strips_metadata=True, note="for me alone")
    for address in (f"/images/{image.pk}/", "/explore/"):
        assert "red heart" not in client.get(address).content.decode()
    client.force_login(charlie)
    for address in (f"/images/{image.pk}/", f"/images/{image.pk}/panel/", "/explore/"):
        text = client.get(address).content.decode()
        assert "red heart" not in text
        assert "for me alone" not in text
    assert "shares this image without its settings" in client.get(f"/images/{image.pk}/panel/").content.decode()


def test_shared_collections_have_a_page_and_a_tab(client, alice, charlie, settings):
    made = create_collection(owner=alice, name="Skies")
    create_collection(owner=alice, name="Empty skies")
    add_images(collection=made, ids=[make_image(alice).pk])
    client.force_login(charlie)
    assert client.get("/people/alice/").status_code == 404
    Collection.objects.update(visibility="members")
    for address in ("/explore/collections/", "/explore/collections/?person=alice"):
        page = client.get(address).content.decode()
        assert f'href="/collections/{made.pk}/"' in page
        assert "1 image · alice" in page
        assert "Empty skies" not in page
    assert 'href="/explore/collections/?person=alice"' in client.get("/people/alice/").content.decode()
    assert client.get("/explore/collections/?person=bob").status_code == 404
    assert client.get("/explore/collections/?cursor=x").status_code == 404
    client.logout()
    assert str(made.pk) not in client.get("/explore/collections/").content.decode()
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": "members"}
    assert client.get("/explore/collections/").status_code == 302


def test_similar_images_among_those_that_are_shared(as_charlie, alice, image):
    make_image(alice)
    page = as_charlie.get(f"/explore/?similar={image.pk}").content.decode()
    assert f'data-query="similar={image.pk}"' in page
    assert 'data-number="1"' in page
    assert "Remove the filter Similar images" in page
    secret = make_image(alice)
    assert as_charlie.get(f"/explore/?similar={secret.pk}").status_code == 404
    assert as_charlie.get("/explore/?similar=mine").status_code == 404


def test_one_that_came_under_review_is_not_compared(client, as_moderator, image):
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    assert client.get(f"/explore/?similar={image.pk}").status_code == 404
    assert as_moderator.get(f"/explore/?similar={image.pk}").status_code == 200


def test_finding_similar_leads_to_the_library_for_ones_own_and_to_explore_for_others(as_alice, as_charlie, image):
    assert f"/library/?similar={image.pk}" in as_alice.get(f"/images/{image.pk}/").content.decode()
    assert f"/explore/?similar={image.pk}" in as_charlie.get(f"/images/{image.pk}/").content.decode()


@pytest.mark.parametrize("page", ["/explore/", "/explore/collections/"])
def test_an_empty_page_asks_only_people_with_images_to_share(client, as_charlie, page):
    assert "choose Share" in as_charlie.get(page).content.decode()
    visitor = client.get(page).content.decode()
    assert "Nothing here yet" in visitor
    assert "choose Share" not in visitor
