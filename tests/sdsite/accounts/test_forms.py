"""The form of an API key: wrong values, limits, and the scopes a user may hold."""

import pytest

from sdsite.accounts.models import ApiKey

ADDRESS = "/settings/keys/"


NEW = {"name": "Laptop", "scopes": ["generate", "read"], "expires": "30"}


@pytest.mark.parametrize("change", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"expires": "7000"}])
def test_a_wrong_form_makes_nothing(as_alice, change):
    response = as_alice.post(ADDRESS, {**NEW, **change})
    assert response.status_code == 200
    assert 'class="error"' in response.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("change", [{"seconds_a_day": "0"}, {"seconds_a_day": "soon"}, {"checkpoints": ["nowhere"]}])
def test_wrong_limits_make_nothing(as_alice, checkpoint, change):
    assert 'class="error"' in as_alice.post(ADDRESS, {**NEW, **change}).content.decode()
    assert not ApiKey.objects.exists()


def test_scopes_are_offered_to_users_who_may_hold_them(as_alice, client, bob):
    client.force_login(bob)
    assert 'value="admin"' in client.get(ADDRESS).content.decode()
    assert 'value="moderate"' not in client.get(ADDRESS).content.decode()
    assert 'value="admin"' not in as_alice.get(ADDRESS).content.decode()
    as_alice.post(ADDRESS, {**NEW, "scopes": ["read", "admin"]})
    assert not ApiKey.objects.exists()


def test_scopes_and_expiries_are_in_the_readers_language(as_alice):
    page = as_alice.get(ADDRESS, headers={"accept-language": "de"}).content.decode()
    for word in ("Eigene Bilder ändern und löschen", "90 Tage", "Ohne Grenze"):
        assert word in page
    assert "Change and delete own images" not in page
