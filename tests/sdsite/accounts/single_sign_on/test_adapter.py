"""Signing in by a real provider of OpenID Connect."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group

from sdsite.accounts.joining.invitations import create_invitation
from sdsite.accounts.models import AuditEvent, IdentityProvider, ProviderRole, SignupRequest, User
from tests.sdsite.accounts.single_sign_on.conftest import Visitor
from tests.support.inline_parts import text_of

DORA = {"email": "dora@example.org", "email_verified": True, "preferred_username": "dora"}


def names():
    return set(User.objects.values_list("username", flat=True))


def test_one_comes_in_and_comes_back(visitor, oidc, mode):
    mode("open")
    visitor.sign_in(**DORA)
    assert visitor.is_in
    dora = User.objects.get(username="dora")
    assert (dora.email, dora.has_usable_password()) == ("dora@example.org", False)
    assert EmailAddress.objects.get(user=dora).verified
    visitor.post("/accounts/logout/")
    assert not visitor.is_in
    mode("closed")
    visitor.sign_in(**DORA)
    assert visitor.is_in
    assert names() == {"dora"}


def test_the_secret_and_tokens_are_stored_nowhere_else(visitor, mode):
    mode("open")
    visitor.sign_in(**DORA)
    account = SocialAccount.objects.get()
    assert account.provider == "works"
    assert "access_token" not in str(account.extra_data)


@pytest.mark.parametrize("part", ["state", "code"])
def test_a_forged_answer_lets_nobody_in(visitor, oidc, mode, part):
    mode("open")
    oidc.know(visitor.sub, **DORA)
    path = urlsplit(oidc.agree(visitor.start(), visitor.sub))
    query = {name: values[0] for name, values in parse_qs(path.query).items()}
    answer = visitor.get(f"{path.path}?{urlencode({**query, part: 'forged'})}")
    assert answer.status_code == 401
    assert "Signing in did not work" in text_of(answer, 401)
    assert not visitor.is_in
    assert names() == set()


def test_the_answer_of_one_browser_is_of_no_use_in_another(visitor, oidc, mode):
    mode("open")
    oidc.know(visitor.sub, **DORA)
    path = oidc.agree(visitor.start(), visitor.sub)
    other = Visitor(oidc)
    assert other.get(path).status_code == 401
    assert not other.is_in


def test_a_token_for_another_audience_lets_nobody_in(visitor, mode):
    mode("open")
    page = visitor.sign_in(**DORA, aud=["somebody-else"])
    assert page.status_code == 401
    assert names() == set()


def test_one_who_cancels_is_told_so(visitor, mode):
    mode("open")
    state = parse_qs(urlsplit(visitor.start()).query)["state"][0]
    answer = visitor.get(f"/accounts/oidc/works/login/callback/?error=access_denied&state={state}", follow=True)
    assert "You cancelled it at the provider." in text_of(answer)


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_that_belongs_to_somebody_opens_no_account(visitor, alice, mode, verified):
    mode("open")
    page = text_of(visitor.sign_in(email="ALICE@example.org", email_verified=verified, preferred_username="mallory"))
    if verified:
        assert "An account has this address already." in page
        assert names() == {"alice"}
    else:
        mallory = User.objects.get(username="mallory")
        assert mallory.email == ""
        assert not EmailAddress.objects.filter(user=mallory).exists()
    assert not SocialAccount.objects.filter(user=alice).exists()


@pytest.mark.parametrize(
    ("claims", "comes"),
    [
        (DORA, True),
        ({**DORA, "email": "dora@example.org.evil.example"}, False),
        ({**DORA, "email_verified": False}, False),
        ({"preferred_username": "dora"}, False),
    ],
)
def test_only_verified_addresses_of_allowed_domains_come_in(visitor, row, mode, claims, comes):
    mode("open")
    row.allowed_domains = ["example.org"]
    row.save()
    page = text_of(visitor.sign_in(**claims))
    assert visitor.is_in == comes
    assert ("Sign in with a verified address of example.org." in page) != comes


@pytest.mark.parametrize(
    ("name", "new_people", "comes"),
    [
        ("closed", "mode", False),
        ("closed", "always", True),
        ("open", "never", False),
        ("invitation", "mode", False),
        ("verified", "mode", True),
    ],
)
def test_the_mode_and_the_provider_say_who_is_new(visitor, row, mode, name, new_people, comes):
    mode(name)
    row.new_people = IdentityProvider.NewPeople(new_people)
    row.save()
    page = text_of(visitor.sign_in(**DORA))
    assert visitor.is_in == comes
    assert ("No account is connected to it" in page) != comes


def test_where_addresses_are_verified_one_without_is_refused(visitor, mode):
    mode("verified")
    assert "names no verified address" in text_of(visitor.sign_in(preferred_username="dora"))
    assert names() == set()


def test_on_request_the_account_waits(visitor, mode):
    mode("request")
    assert "waits for approval" in text_of(visitor.sign_in(**DORA))
    assert SignupRequest.objects.get().user.username == "dora"
    assert not visitor.is_in


def test_a_guest_comes_in_by_the_invitation(visitor, root, mode):
    from datetime import timedelta

    from django.utils import timezone

    mode("invitation")
    _, token = create_invitation(actor=root, expires_at=timezone.now() + timedelta(days=1))
    visitor.get(f"/join/{token}/")
    visitor.sign_in(**DORA)
    assert visitor.is_in
    assert AuditEvent.objects.filter(action="invitation.used").exists()


def test_groups_give_and_take_roles_at_each_login(visitor, row, mode):
    mode("open")
    painters, friends, own = (Group.objects.create(name=name) for name in ("painters", "friends", "own"))
    ProviderRole.objects.create(provider=row, value="art", group=painters)
    ProviderRole.objects.create(provider=row, value="all", group=friends)
    visitor.sign_in(**DORA, groups=["art", "all", "unknown"])
    dora = User.objects.get(username="dora")
    dora.groups.add(own)
    assert {painters, friends, own} <= set(dora.groups.all())
    visitor.post("/accounts/logout/")
    visitor.sign_in(**DORA, groups="all")
    assert {friends, own} <= set(dora.groups.all())
    assert painters not in dora.groups.all()


def test_a_suspended_person_stays_out(visitor, oidc, mode):
    mode("open")
    visitor.sign_in(**DORA)
    User.objects.filter(username="dora").update(is_active=False)
    again = Visitor(oidc)
    again.sign_in(sub=visitor.sub, **DORA)
    assert not again.is_in


def test_a_provider_that_is_switched_off_is_not_found(visitor, row):
    row.enabled = False
    row.save()
    assert visitor.get("/accounts/oidc/works/login/").status_code == 404
    assert visitor.get("/accounts/oidc/unknown/login/callback/?code=x&state=y").status_code == 404


def test_a_taken_name_gets_another_one(visitor, mode):
    mode("open")
    User.objects.create(username="dora")
    visitor.sign_in(**DORA)
    assert visitor.is_in
    assert User.objects.count() == 2
