"""Claims of people."""

import pytest
from django.contrib.auth.models import Group

from sdsite.accounts.models import IdentityProvider, ProviderRole
from sdsite.accounts.single_sign_on.claims import SignInRefused, follow_groups, read_claims

TOKEN = {"sub": "1", "email": "a@example.org", "email_verified": True, "groups": ["x", 3]}


def test_userinfo_adds_to_the_token():
    claims = read_claims(IdentityProvider(), {"id_token": TOKEN, "userinfo": {"sub": "1", "groups": "y, z"}})
    assert claims.email == "a@example.org"
    assert claims.groups == {"y", "z"}
    assert read_claims(IdentityProvider(), {"id_token": TOKEN}).groups == {"x", "3"}


@pytest.mark.parametrize("data", [{}, {"userinfo": TOKEN}, {"id_token": TOKEN, "userinfo": {"sub": "2"}}])
def test_without_a_token_or_about_somebody_else_nothing_is_believed(data):
    with pytest.raises(SignInRefused):
        read_claims(IdentityProvider(), data)


@pytest.mark.parametrize("verified", [False, None, "false", 1.5])
def test_an_address_that_is_not_verified_is_none(verified):
    token = {**TOKEN, "email_verified": verified}
    assert read_claims(IdentityProvider(), {"id_token": token}).email == ""


@pytest.mark.parametrize(
    ("userinfo", "email"),
    [
        ({"email": "b@example.org"}, ""),
        ({"email": "b@example.org", "email_verified": True}, "b@example.org"),
        ({"email": "a@example.org"}, "a@example.org"),
        ({"email": "a@example.org", "email_verified": False}, ""),
        ({"email_verified": False}, ""),
        ({}, "a@example.org"),
    ],
)
def test_one_address_is_not_verified_by_what_is_said_of_another(userinfo, email):
    data = {"id_token": TOKEN, "userinfo": userinfo and {"sub": "1", **userinfo}}
    assert read_claims(IdentityProvider(), data).email == email


def test_without_a_mapping_roles_stay(alice):
    row = IdentityProvider.objects.create(slug="a", name="A", server_url="https://id.example", client_id="x")
    group = Group.objects.create(name="painters")
    alice.groups.set([group])
    follow_groups(row, alice, frozenset())
    assert list(alice.groups.all()) == [group]


def test_the_last_administrator_is_not_taken_the_role(alice):
    row = IdentityProvider.objects.create(slug="a", name="A", server_url="https://id.example", client_id="x")
    group = Group.objects.get(role__key="administrator")
    alice.groups.set([group])
    ProviderRole.objects.create(provider=row, value="admins", group=group)
    follow_groups(row, alice, frozenset())
    assert list(alice.groups.all()) == [group]
