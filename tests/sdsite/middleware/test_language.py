"""The language of pages: the account's, the cookie's, or the browser's; and the switch."""

import pytest
from django.test import Client
from django.urls import reverse

from sdsite.accounts.models import User

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5"}


def language_of(response):
    """Return the language that a page says it has, by header and by its first element."""
    assert f'<html lang="{response["Content-Language"]}" dir="ltr"' in response.content.decode()
    return response["Content-Language"]


@pytest.fixture
def login_page(db):
    return reverse("account_login")


@pytest.mark.parametrize(
    ("asked", "answered"), [("", "en"), ("de-AT,de;q=0.9", "de"), ("fr,es;q=0.8,de;q=0.7", "es"), ("xx,;;q=z", "en")]
)
def test_strangers_get_what_their_browser_asks_for(login_page, asked, answered):
    response = Client().get(login_page, headers={"accept-language": asked})
    assert language_of(response) == answered
    assert "Accept-Language" in response["Vary"]


def test_the_choice_of_a_stranger_is_kept_in_a_cookie(login_page):
    client = Client(**GERMAN)
    response = client.post(reverse("language"), {"language": "es", "next": login_page})
    assert response["Location"] == login_page
    assert language_of(client.get(login_page)) == "es"
    client.post(reverse("language"), {"language": "", "next": login_page})
    assert language_of(client.get(login_page)) == "de"


def test_the_choice_of_a_user_holds_on_every_device(as_alice, alice):
    as_alice.post(reverse("language"), {"language": "de", "next": "/settings/"})
    other = Client()
    other.force_login(alice)
    assert language_of(other.get("/settings/")) == "de"
    assert other.get("/settings/").content.decode().count('aria-current="true"') == 1


@pytest.mark.parametrize("code", ["xx", "de'--", "../../de", "d" * 5000])
def test_an_unknown_language_is_none(as_alice, alice, code):
    as_alice.post(reverse("language"), {"language": "de"})
    as_alice.post(reverse("language"), {"language": code})
    assert User.objects.get(pk=alice.pk).language == ""
    User.objects.filter(pk=alice.pk).update(language=code[:10])  # of a language that was removed
    assert language_of(as_alice.get("/settings/")) == "en"


def test_the_switch_leads_to_no_other_site(as_alice):
    answer = as_alice.post(reverse("language"), {"language": "de", "next": "https://evil.example/"})
    assert "evil" not in answer["Location"]
    assert as_alice.get(reverse("language")).status_code == 405


def test_programs_get_what_they_got(as_alice):
    answer = as_alice.get("/api/v1/me", headers={"accept-language": "de"})
    assert answer.status_code == 200
    assert "Content-Language" not in answer
