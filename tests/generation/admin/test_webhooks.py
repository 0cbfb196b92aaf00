"""Webhooks in the admin: to be read, without addresses and secrets."""

import pytest
from django.test import Client

from generation.models import WebhookDelivery
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db):
    client = Client()
    client.force_login(make_user("admin", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("kind", ["webhook", "webhookdelivery"])
def test_lists_and_pages_tell_without_secrets_and_change_nothing(administrator, hook, kind):
    delivery = WebhookDelivery.objects.create(webhook=hook, event="job.failed", body='{"prompt": "private words"}')
    pk = hook.pk if kind == "webhook" else delivery.pk
    for path in ("", f"{pk}/change/"):
        response = administrator.get(f"/admin/generation/{kind}/{path}")
        page = response.content.decode()
        assert response.status_code == 200
        assert "Bot" in page
        for private in (hook.secret, "in-the-address", "private words"):
            assert private not in page
    assert administrator.get(f"/admin/generation/{kind}/add/").status_code == 403
    assert administrator.post(f"/admin/generation/{kind}/{pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_without_the_permission_see_none(bob, hook):
    client = Client()
    client.force_login(bob)
    assert client.get("/admin/generation/webhook/").status_code == 403
