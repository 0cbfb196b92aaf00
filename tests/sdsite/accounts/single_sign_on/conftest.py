"""A provider of OpenID Connect, and visitors who sign in by it."""

from itertools import count

import pytest
from django.test import Client

from sdsite.accounts.models import IdentityProvider
from tests.support.oidc_provider import OidcProvider

NUMBERS = count()


@pytest.fixture(scope="package")
def oidc():
    """The provider's process."""
    provider = OidcProvider()
    yield provider
    provider.stop()


@pytest.fixture
def row(oidc, db):
    """The site's row of the provider."""
    return IdentityProvider.objects.create(
        slug="works", name="Works", server_url=oidc.url, client_id="sdsite", secret="hidden", is_local=True
    )


@pytest.fixture
def mode(settings):
    """Return a function that sets the sign-up mode."""

    def choose(name):
        settings.SIGNUP_MODE, settings.MAIL_IS_SENT = name, name == "verified"

    return choose


class Visitor(Client):
    """Somebody at an address of their own, because logins are limited by address."""

    def __init__(self, oidc):
        """Take the next address."""
        number = next(NUMBERS)
        super().__init__(REMOTE_ADDR=f"198.18.{number // 256}.{number % 256}")
        self.oidc, self.sub = oidc, f"person-{number}"

    def start(self):
        """Open the link of the sign-in page; return the provider's address."""
        return self.get("/accounts/oidc/works/login/").headers["Location"]

    def sign_in(self, sub=None, **claims):
        """Sign in by the provider, which says `claims`; return the page that one lands on."""
        sub = sub or self.sub
        self.oidc.know(sub, **claims)
        return self.get(self.oidc.agree(self.start(), sub), follow=True)

    @property
    def is_in(self):
        """Whether the site knows who it is."""
        return self.get("/settings/").status_code == 200


@pytest.fixture
def visitor(row, oidc):
    """Somebody who has an account at the provider."""
    return Visitor(oidc)
