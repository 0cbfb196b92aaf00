"""Share links as a stranger opens them: page, files, password, and nothing once they are closed."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gallery.actions.collections import add_images, create_collection
from gallery.actions.sharing import create_link
from gallery.models import Image, ShareLink
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def image(alice):
    """An image of alice."""
    return make_image(alice, size=(900, 600))


def addresses(link, image):
    inside = f"/s/{link.token}/images/{image.pk}"
    return [f"/s/{link.token}/", f"{inside}/", f"{inside}/file", f"{inside}/thumbnail", f"{inside}/thumbnail?size=1024"]


def statuses(link, image, client=None):
    return {(client or Client()).get(address).status_code for address in addresses(link, image)}


def test_a_stranger_sees_the_image_its_prompt_and_tags_for_previews(image):
    link = create_link(owner=image.owner, image=image)
    page = Client().get(f"/s/{link.token}/")
    text = page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Robots-Tag"] == "noindex"
    preview = f"http://testserver/s/{link.token}/images/{image.pk}/thumbnail?size=1024"
    assert f'<meta property="og:image" content="{preview}">' in text
    assert "a red heart" in text
    assert "alice" not in text.replace(link.token, "")
    file = Client().get(f"/s/{link.token}/images/{image.pk}/file")
    assert (file.status_code, file["Content-Type"], file["Cache-Control"]) == (200, "image/png", "private, no-cache")
    assert b"red heart" in file.content


def test_settings_that_the_owner_keeps_are_in_no_answer(image):
    Image.objects.update(strips_metadata=True)
    link = create_link(owner=image.owner, image=image)
    for address in addresses(link, image):
        assert b"red heart" not in Client().get(address).content


@pytest.mark.parametrize("why", ["revoked", "expired", "trash", "review", "suspended", "off", "deleted"])
def test_a_closed_link_shows_nothing_at_all_and_its_token_is_not_logged(image, settings, caplog, why):
    link = create_link(owner=image.owner, image=image)
    assert statuses(link, image) == {200}
    moment = timezone.now()
    if why in ("revoked", "expired"):
        column = {"revoked": {"revoked_at": moment}, "expired": {"expires_at": moment - timedelta(seconds=1)}}[why]
        ShareLink.objects.update(**column)
    elif why in ("trash", "review"):
        Image.objects.update(**{"trashed_at" if why == "trash" else "quarantined_at": moment})
    elif why == "suspended":
        type(image.owner).objects.update(is_active=False)
    elif why == "off":
        settings.ENV = {**settings.ENV, "SDSITE_SHARING": "members"}
    else:
        Image.objects.all().delete()
    with caplog.at_level(logging.DEBUG):
        assert statuses(link, image) == {404}
    assert link.token not in caplog.text
    gone = Client().get("/s/nothing/")
    assert (gone.status_code, gone["Cache-Control"]) == (404, "private, no-store")


def test_a_link_shows_its_own_image_only(alice, image):
    link = create_link(owner=alice, image=image)
    other = make_image(alice)
    inside = f"/s/{link.token}/images/{other.pk}"
    assert {Client().get(f"{inside}{end}").status_code for end in ("/", "/file", "/thumbnail")} == {404}


def test_the_password_opens_page_and_files_in_this_browser_only(image, client):
    link = create_link(owner=image.owner, image=image, password="sesame")
    text = client.get(f"/s/{link.token}/").content.decode()
    assert "This link has a password" in text
    assert "og:image" not in text
    assert "red heart" not in text
    assert client.get(f"/s/{link.token}/images/{image.pk}/file").status_code == 404
    wrong = client.post(f"/s/{link.token}/", {"password": "wrong"})
    assert (wrong.status_code, b"This is not the password." in wrong.content) == (403, True)
    assert client.post(f"/s/{link.token}/", {"password": "sesame"}).status_code == 302
    assert statuses(link, image, client) == {200}
    assert Client().get(f"/s/{link.token}/images/{image.pk}/file").status_code == 404
    another = create_link(owner=image.owner, image=image, password="sesame")
    assert client.get(f"/s/{another.token}/images/{image.pk}/file").status_code == 404


def test_passwords_cannot_be_tried_without_end(valkey, image, client):
    link = create_link(owner=image.owner, image=image, password="sesame")
    answers = [client.post(f"/s/{link.token}/", {"password": str(number)}) for number in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert client.post(f"/s/{link.token}/", {"password": "sesame"}).status_code == 429


def test_a_collection_shows_its_owners_images_in_order_and_pages(alice, charlie, monkeypatch):
    collection = create_collection(owner=alice, name="Skies & seas")
    images = [make_image(alice, prompt=f"sky {number}") for number in range(3)]
    for image in images:
        add_images(collection=collection, ids=[image.pk])
    foreign = make_image(charlie)
    collection.items.create(image=foreign)
    link = create_link(owner=alice, collection=collection)
    monkeypatch.setattr("gallery.pages.shared.IMAGES_A_PAGE", 2)
    text = Client().get(f"/s/{link.token}/").content.decode()
    assert "Skies &amp; seas" in text
    places = [text.find(f"/images/{image.pk}/") for image in images]
    assert 0 < places[2] < places[1]
    assert places[0] == text.find(str(foreign.pk)) == -1
    assert str(images[0].pk) in Client().get(f"/s/{link.token}/?page=2").content.decode()
    assert statuses(link, images[0]) == {200}
    assert Client().get(f"/s/{link.token}/images/{foreign.pk}/file").status_code == 404
