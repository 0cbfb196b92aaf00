"""Connecting an account to a provider."""

from allauth.socialaccount.models import SocialAccount

from tests.sdsite.accounts.single_sign_on.conftest import Visitor
from tests.support.factories import PASSWORD
from tests.support.inline_parts import text_of

PAGE = "/accounts/3rdparty/"
CONNECT = "/accounts/oidc/works/login/?process=connect"


def connect(device, oidc, sub, **claims):
    oidc.know(sub, **claims)
    return device.get(oidc.agree(device.post(CONNECT).headers["Location"], sub), follow=True)


def sign_in(oidc, person):
    device = Visitor(oidc)
    device.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    return device


def test_one_connects_by_the_form_and_signs_in_by_it(row, oidc, alice):
    device = sign_in(oidc, alice)
    page = device.get(PAGE)
    assert "form-action 'self' https: http://127.0.0.1" in page.headers["Content-Security-Policy"]
    assert "Connect Works" in text_of(page)
    connect(device, oidc, "alice-at-works", email="alice@example.org", email_verified=True)
    assert SocialAccount.objects.get().user == alice
    assert "alice-at-works" in text_of(device.get(PAGE))
    elsewhere = Visitor(oidc)
    elsewhere.sign_in(sub="alice-at-works", email="alice@example.org", email_verified=True)
    assert elsewhere.get("/settings/").status_code == 200


def test_a_link_of_another_site_connects_nothing(row, oidc, alice):
    device = sign_in(oidc, alice)
    assert device.get(CONNECT).headers["Location"] == PAGE


def test_an_account_of_somebody_else_is_not_taken(row, oidc, alice, charlie):
    connect(sign_in(oidc, charlie), oidc, "of-charlie")
    connect(sign_in(oidc, alice), oidc, "of-charlie")
    assert SocialAccount.objects.get().user == charlie


def test_the_domain_counts_for_connecting_too(row, oidc, alice):
    row.allowed_domains = ["example.com"]
    row.save()
    page = text_of(connect(sign_in(oidc, alice), oidc, "of-alice", email="alice@example.org", email_verified=True))
    assert "Sign in with a verified address of example.com." in page
    assert not SocialAccount.objects.exists()


def test_an_account_is_disconnected(row, oidc, alice):
    device = sign_in(oidc, alice)
    connect(device, oidc, "alice-leaves")
    device.post(PAGE, {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()


def test_the_sign_in_page_has_a_button(row, client):
    page = client.get("/accounts/login/?next=/library/").content.decode()
    assert 'href="/accounts/oidc/works/login/?next=/library/"' in page
