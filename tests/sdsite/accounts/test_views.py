"""Page of API keys: created once, shown once, stored as a digest."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.utils import timezone

from sdsite.accounts.api_keys import authenticate, create_key, revoke_key
from sdsite.accounts.models import ApiKey, Role

ADDRESS = "/settings/keys/"


NEW = {"name": "Laptop", "scopes": ["generate", "read"], "expires": "30"}


def secret_in(response):
    found = re.search(r'id="secret" value="(sds_[^"]+)"', response.content.decode())
    return found and found.group(1)


def test_a_new_key_works_and_is_kept_as_a_digest(as_alice, alice):
    secret = secret_in(as_alice.post(ADDRESS, NEW))
    key = ApiKey.objects.get()
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert authenticate(secret).owner == alice
    values = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert secret not in values
    assert secret.split("_", 2)[2] not in values


def test_the_scope_of_the_administration_names_people_and_settings(as_root):
    assert "people, roles, rules, settings, audit log" in as_root.get(ADDRESS).content.decode()


def test_it_is_shown_once_and_not_kept_in_the_session(as_alice):
    secret = secret_in(as_alice.post(ADDRESS, NEW))
    page = as_alice.get(ADDRESS).content.decode()
    assert "Laptop" in page
    assert secret not in page
    assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())


def test_no_cache_keeps_the_page(as_alice):
    assert "no-store" in as_alice.post(ADDRESS, NEW)["Cache-Control"]


@pytest.mark.parametrize(("expires", "days"), [("30", 30), ("365", 365), ("", None)])
def test_it_expires_when_requested(as_alice, expires, days):
    as_alice.post(ADDRESS, {**NEW, "expires": expires})
    ends = ApiKey.objects.get().expires_at
    if days is None:
        assert ends is None
    else:
        assert abs(ends - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_limits_are_set_and_shown(as_alice, checkpoint):
    as_alice.post(ADDRESS, {**NEW, "seconds_a_day": "1600", "checkpoints": ["starter"]})
    key = ApiKey.objects.get()
    assert (key.seconds_a_day, key.checkpoints) == (1600, ["starter"])
    page = as_alice.get(ADDRESS).content.decode()
    assert "At most 1,600 s of GPU time a day" in page
    assert "only starter" in page


def test_a_name_is_escaped(as_alice):
    page = as_alice.post(ADDRESS, {**NEW, "name": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_revoking_asks_first(as_alice, alice):
    key, secret = create_key(owner=alice, name="Laptop", scopes=["read"])
    assert "Revoke “Laptop”?" in as_alice.get(f"{ADDRESS}{key.pk}/revoke/").content.decode()
    assert authenticate(secret) == key


def test_a_revoked_key_is_refused(as_alice, alice):
    key, secret = create_key(owner=alice, name="Laptop", scopes=["read"])
    response = as_alice.post(f"{ADDRESS}{key.pk}/revoke/", follow=True)
    assert "was revoked" in response.content.decode()
    assert authenticate(secret) is None


def test_the_list_shows_use_and_state(as_alice, alice):
    used, secret = create_key(owner=alice, name="Used", scopes=["read"])
    authenticate(secret)
    gone, _ = create_key(owner=alice, name="Gone", scopes=["read"])
    revoke_key(key=gone, actor=alice)
    over, _ = create_key(owner=alice, name="Over", scopes=["read"])
    ApiKey.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(days=1))
    page = as_alice.get(ADDRESS).content.decode()
    for words in ("Last used", "Never used", "revoked ", "expired ", "never expires"):
        assert words in page
    assert f"{ADDRESS}{used.pk}/revoke/" in page
    assert f"{ADDRESS}{gone.pk}/revoke/" not in page


def test_keys_of_other_users_are_not_found(as_charlie, alice):
    key, secret = create_key(owner=alice, name="Private laptop", scopes=["read"])
    assert "Private laptop" not in as_charlie.get(ADDRESS).content.decode()
    assert as_charlie.get(f"{ADDRESS}{key.pk}/revoke/").status_code == 404
    assert as_charlie.post(f"{ADDRESS}{key.pk}/revoke/").status_code == 404
    assert authenticate(secret) == key


@pytest.mark.parametrize("address", ["/accounts/password/change/", "/accounts/email/", "/accounts/2fa/"])
def test_pages_of_allauth_are_in_sentence_case(as_alice, address):
    page = as_alice.get(address).content.decode()
    shown = re.findall(r"<h[12]>([^<]+)<|<label[^>]*>([^<]+)<|<button[^>]*>([^<]+)<|placeholder=\"([^\"]+)", page)
    texts = ["".join(found).strip() for found in shown]
    assert texts
    for text in filter(None, texts):
        assert text[0].isupper()
        assert not re.search(r"[ -][A-Z][a-z]", text), text


def test_who_may_not_make_keys_reads_why_and_still_revokes(as_alice, alice):
    key, _secret = create_key(owner=alice, name="Laptop", scopes=["read"])
    alice.groups.add(Role.objects.create(group=Group.objects.create(name="readers")).group)
    page = as_alice.get(ADDRESS).content.decode()
    assert "Your role does not let you create API keys. An administrator can allow it by a role." in page
    assert 'name="scopes"' not in page
    assert f"{ADDRESS}{key.pk}/revoke/" in page
    assert as_alice.post(ADDRESS, NEW).status_code == 403
