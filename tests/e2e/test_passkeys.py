"""A passkey is added, and signs one in without a password."""

import pytest
from allauth.mfa.models import Authenticator

from sdsite.accounts.leaving.deletion import ask_deletion
from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db(transaction=True)]
SIGN_IN = "/accounts/login/?next=/settings/"


@pytest.fixture
def page(browser, live_site):  # noqa: F811
    """A page on a machine with an authenticator; passkeys are of a name, never of an address such as 127.0.0.1."""
    url = live_site.url.replace("127.0.0.1", "localhost")
    alice = make_user("alice", hasher="pbkdf2_sha256")
    context = browser.new_context(base_url=url, locale="en", service_workers="block")
    context.add_cookies([{"name": "sessionid", "value": client_of(alice).cookies["sessionid"].value, "url": url}])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    options |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def test_a_passkey_signs_in_and_keeps_an_account_that_was_to_be_deleted(page):
    page.goto("/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)  # asked again before anything changes
    page.click("main button[type=submit]")
    page.fill("[name=name]", "laptop")
    page.check("[name=passwordless]")
    assert axe_violations(page) == []
    page.click("#mfa_webauthn_add")
    page.wait_for_function("() => !location.pathname.endsWith('/add/')")
    key = Authenticator.objects.get(type="webauthn")
    ask_deletion(user=key.user)
    page.context.clear_cookies()
    page.goto(SIGN_IN)
    assert axe_violations(page) == []
    page.click("#passkey_login")
    page.wait_for_function("() => location.pathname == '/settings/'")
    page.wait_for_selector("main .links")
    assert "alice" in page.inner_text("main")
    assert "Your account is kept" in page.inner_text("body")
