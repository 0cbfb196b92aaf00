"""An image shared to the app becomes an upload of whoever is logged in."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gallery.models import Upload
from tests.support.images import encoded

ADDRESS = "/shared/image/"


def share(client, data, **headers):
    return client.post(ADDRESS, {"image": SimpleUploadedFile("a.png", data, "image/png")}, headers=headers)


@pytest.fixture
def image():
    return encoded()


def test_it_opens_the_studio_with_the_image(own_media, alice, image):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = share(client, image, sec_fetch_site="none")
    upload = Upload.objects.get(owner=alice)
    assert answer["Location"] == f"{reverse('studio')}?init=upload%3A{upload.pk}"


def test_what_is_no_image_is_refused_with_a_sentence(own_media, as_alice):
    for answer in (share(as_alice, b"nothing"), as_alice.post(ADDRESS)):
        assert answer["Location"] == reverse("studio")
    assert not Upload.objects.exists()


@pytest.mark.parametrize("headers", [{"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}])
def test_other_sites_and_strangers_cannot(own_media, as_alice, stranger, image, headers):
    assert share(as_alice, image, **headers).status_code == 403
    assert "/accounts/login/" in share(stranger, image)["Location"]
    assert not Upload.objects.exists()
