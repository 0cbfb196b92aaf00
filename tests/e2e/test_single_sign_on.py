"""Somebody who has no password here signs in by a provider of OpenID Connect."""

import pytest

from sdsite.accounts.models import IdentityProvider, User
from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.oidc_provider import OidcProvider

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def oidc():
    """The provider's process."""
    provider = OidcProvider()
    yield provider
    provider.stop()


@pytest.fixture
def page(browser, live_site):  # noqa: F811
    """A page of a visitor."""
    context = browser.new_context(base_url=live_site.url, locale="en", service_workers="block")
    yield context.new_page()
    context.close()


def test_a_visitor_comes_in_by_the_provider_and_connects_another_account(page, oidc):
    IdentityProvider.objects.create(
        slug="works", name="Works", server_url=oidc.url, client_id="sdsite", secret="hidden", is_local=True
    )
    IdentityProvider.objects.update(new_people="always")
    oidc.know("dora-at-works", email="dora@example.org", email_verified=True, preferred_username="dora")
    page.goto("/accounts/login/?next=/settings/")
    assert axe_violations(page) == []
    page.click("text=Sign in with Works")
    page.fill("[name=sub]", "dora-at-works")
    page.click("button:has-text('Authorize')")
    page.wait_for_function("() => location.pathname == '/settings/'")
    assert "dora" in page.inner_text("main")
    assert not User.objects.get(username="dora").has_usable_password()
    page.goto("/accounts/3rdparty/")
    assert axe_violations(page) == []
    page.click("text=Connect Works")  # a form, which the page's policy must let go to the provider
    page.fill("[name=sub]", "dora-elsewhere")
    page.click("button:has-text('Authorize')")
    page.wait_for_function("() => location.pathname == '/accounts/3rdparty/'")
    assert "dora-elsewhere" in page.inner_text("main")
