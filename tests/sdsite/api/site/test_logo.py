"""The logo over the API: stored anew as PNG, bounded, with an entry of the audit log."""

import io

import pytest
from PIL import Image as Pillow

from sdsite.accounts.models import AuditEvent, SiteLogo
from sdsite.configuration import logo
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]
PATH = "/admin/settings/logo"


@pytest.fixture
def administrator(root):
    return knocking_as(root, "admin")


def image(kind="JPEG"):
    file = io.BytesIO()
    Pillow.new("RGB", (40, 20), "teal").save(file, kind)
    return file.getvalue()


def put(client, data):
    return client.api("PUT", PATH, data, content_type="image/jpeg")


def test_it_is_set_from_an_image_and_removed(administrator, client, root):
    url = put(administrator, image()).json()["logo_url"]
    shown = client.get(url)
    assert Pillow.open(io.BytesIO(shown.content)).format == "PNG"
    assert administrator.api("DELETE", PATH).json()["logo_url"] is None
    assert [entry.actor for entry in AuditEvent.objects.filter(action="settings.changed")] == [root, root]


@pytest.mark.parametrize("data", [b"x", b"<svg xmlns='http://www.w3.org/2000/svg'/>", image()[:100]])
def test_what_is_no_image_changes_nothing(administrator, data):
    put(administrator, image())
    before = SiteLogo.objects.get().digest
    assert error_of(put(administrator, data), 422, "invalid_parameters").keys() == {"file"}
    assert SiteLogo.objects.get().digest == before


def test_one_that_is_too_large_is_not_read(administrator):
    error_of(put(administrator, b"x" * (logo.MOST_BYTES + 1)), 413, "body_too_large")
    assert not SiteLogo.objects.exists()


def test_staff_without_the_permission_set_none():
    client = knocking_as(make_user("staff", is_staff=True), "admin")
    error_of(put(client, image()), 403, "not_allowed")
    error_of(client.api("DELETE", PATH), 403, "not_allowed")
