"""Breadcrumbs, empty lists and landmarks of the admin."""

import re

import pytest
from django.urls import reverse


def crumbs(page):
    header = page[page.index("<header>") : page.index("<main")]
    return re.findall(r'tracking-tight(?: sdsite-crumb-group)?">([^<]+)<', header)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("mfa_authenticator", ["People and roles", "Two-factor devices"]),
        ("generation_webhookdelivery", ["Integrations", "Webhook deliveries"]),
    ],
)
def test_crumbs_are_named_like_the_menu(as_root, model, said):
    assert crumbs(as_root.get(reverse(f"admin:{model}_changelist")).content.decode()) == said


def test_a_user_has_crumbs_to_the_list(as_root, alice):
    page = as_root.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()
    assert crumbs(page)[:3] == ["People and roles", "Users", "Alice"]
    assert page.count("<main") == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("generation_wildcard_changelist", "What you add is listed here."),
        ("gallery_upload_changelist", "Entries are made by the site and by its users."),
    ],
)
def test_empty_lists_say_what_will_be_there(as_root, address, said):
    page = as_root.get(reverse(f"admin:{address}")).content.decode()
    assert said in page
    assert "yielded" not in page
    assert "Nothing matches" in as_root.get(reverse(f"admin:{address}"), {"q": "zzz"}).content.decode()
