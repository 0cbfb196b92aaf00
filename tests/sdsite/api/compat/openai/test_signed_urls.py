"""Signed addresses of images in responses of OpenAI's API."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from gallery.models import Image
from sdsite.api.compat.openai import signed_urls
from tests.sdsite.api.compat.openai.conftest import finished
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_wait")]


class TestLinks:
    """`response_format: url`."""

    @pytest.fixture
    def address(self, client):
        url = finished(client, response_format="url").json()["data"][0]["url"]
        assert url.startswith("http://testserver/v1/images/files/")
        return f"{urlsplit(url).path}?{urlsplit(url).query}"

    def test_an_address_works_without_a_key_and_only_for_its_image(self, address, alice):
        response = Client().get(address)
        assert (response.status_code, response["Content-Type"]) == (200, "image/png")
        assert "no-store" in response["Cache-Control"]
        image, other = Image.objects.get(), make_image(alice)
        assert Client().get(address.replace(str(image.pk), str(other.pk))).status_code == 403
        assert Client().get(address[:-1]).status_code == 403
        assert Client().get(address.partition("?")[0]).status_code == 403

    def test_an_address_ends(self, address, alice, monkeypatch):
        Image.objects.update(quarantined_at="2026-01-01T00:00Z")
        assert Client().get(address).status_code == 404
        Image.objects.update(quarantined_at=None)
        type(alice).objects.update(is_active=False)
        assert Client().get(address).status_code == 404
        type(alice).objects.update(is_active=True)
        monkeypatch.setattr(signed_urls, "MINUTES", -1)
        response = Client().get(address)
        assert (response.status_code, b"minutes" in response.content) == (403, True)
