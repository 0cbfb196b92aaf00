"""Identity providers in the admin."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from sdsite.accounts.models import AuditEvent, IdentityProvider
from tests.support.clients.logged_in import client_of

ADD = reverse("admin:accounts_identityprovider_add")
FORM = {
    "name": "Works",
    "slug": "works",
    "server_url": "https://id.example.org/realms/works",
    "client_id": "sdsite",
    "secret": "of-the-client",
    "allowed_domains": "@Example.org, example.com example.org",
    "new_people": "mode",
    "groups_claim": "groups",
    "enabled": "on",
    "roles-TOTAL_FORMS": "0",
    "roles-INITIAL_FORMS": "0",
}


def change_of(row):
    return reverse("admin:accounts_identityprovider_change", args=[row.pk])


def test_a_provider_is_added_and_its_secret_is_never_shown(as_root):
    as_root.post(ADD, FORM)
    row = IdentityProvider.objects.get()
    assert row.allowed_domains == ["example.org", "example.com"]
    page = as_root.get(change_of(row)).content.decode()
    assert "of-the-client" not in page
    assert "/accounts/oidc/works/login/callback/" in page
    assert "of-the-client" not in str(list(AuditEvent.objects.values_list("detail", flat=True)))
    as_root.post(change_of(row), {**FORM, "secret": "", "name": "Office"})
    row.refresh_from_db()
    assert (row.name, row.secret) == ("Office", "of-the-client")
    as_root.post(change_of(row), {**FORM, "secret": "another", "slug": "elsewhere"})
    row.refresh_from_db()
    assert (row.slug, row.secret) == ("works", "another")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"server_url": "http://id.example.org"}, "must begin with https"),
        ({"allowed_domains": "example"}, "These are no domains: example"),
    ],
)
def test_what_is_wrong_is_said(as_root, change, said):
    assert said in as_root.post(ADD, FORM | change).content.decode()
    assert not IdentityProvider.objects.exists()


def test_only_superusers_change_providers(bob):
    bob.user_permissions.set(Permission.objects.filter(content_type__model="identityprovider"))
    assert client_of(bob).post(ADD, FORM).status_code == 403


def test_connected_accounts_are_listed(as_root, alice):
    from allauth.socialaccount.models import SocialAccount

    SocialAccount.objects.create(user=alice, provider="works", uid="alice-at-works")
    page = as_root.get(reverse("admin:socialaccount_socialaccount_changelist")).content.decode()
    assert "alice-at-works" in page


def test_every_column_of_the_role_mappings_has_a_name(as_root):
    page = as_root.get(reverse("admin:accounts_identityprovider_add")).content.decode()
    heads = re.findall(r"<th\b[^>]*>(.*?)</th>", page, re.DOTALL)
    assert heads
    assert all(re.sub(r"<[^>]+>|\s", "", head) for head in heads)
