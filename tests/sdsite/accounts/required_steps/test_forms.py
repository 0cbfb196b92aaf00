"""The box that accepts terms, at the sign-up."""

import pytest

from sdsite.accounts.models import TermsAcceptance, User
from sdsite.accounts.required_steps.forms import TermsForm
from tests.support.factories import PASSWORD
from tests.support.inline_parts import text_of

FORM = {"username": "dora", "email": "", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def open_site(settings):
    settings.SIGNUP_MODE = "open"


def sign_up(client, **more):
    return client.post("/accounts/signup/", FORM | more, REMOTE_ADDR="198.19.0.1")


def test_signing_up_accepts_the_terms(client, publish, open_site):
    version = publish()
    page = client.get("/accounts/signup/").content.decode()
    assert 'href="/terms/"' in page
    sign_up(client, **{f"terms_{version.number}": "on"})
    assert TermsAcceptance.objects.get().user.username == "dora"
    assert client.get("/settings/").status_code == 200


@pytest.mark.parametrize("ticked", [{}, {"terms_1": "on"}])
def test_without_the_present_version_nobody_comes_in(client, publish, open_site, ticked):
    publish("One.")
    publish("Two.")
    assert "Accept the terms of use to go on." in text_of(sign_up(client, **ticked))
    assert not User.objects.filter(username="dora").exists()


def test_without_terms_nothing_is_asked(client, root, open_site):
    assert not TermsForm(None).fields
    sign_up(client)
    assert User.objects.filter(username="dora").exists()
