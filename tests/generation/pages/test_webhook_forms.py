"""A wrong webhook form creates nothing and keeps what was typed."""

import re

import pytest

from generation.models import Webhook

pytestmark = pytest.mark.django_db


ADDRESS = "/settings/webhooks/"


NEW = {"name": "Bot", "url": "https://example.org/hook", "events": ["job.failed", "image.stored"]}


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"events": []}, {"events": ["all"]}, {"url": "http://10.0.0.1/"}, {"url": "ftp://x/"}]
)
def test_a_wrong_form_makes_nothing_and_keeps_what_was_typed(as_alice, change):
    response = as_alice.post(ADDRESS, {**NEW, **change})
    page = response.content.decode()
    assert response.status_code == 200
    assert 'class="error"' in page
    assert "https://example.org/hook" in page or "url" in change
    assert not Webhook.objects.exists()


def test_an_error_names_the_field_by_its_label(as_alice):
    page = as_alice.post(ADDRESS, {**NEW, "url": "ftp://x/"}).content.decode()
    assert re.search(r'<p class="error" role="alert">Address cannot be used\.', page)
    assert "url cannot" not in page
