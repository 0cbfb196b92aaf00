"""Rules of new passwords."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from sdsite.accounts.joining.passwords import MOST
from sdsite.accounts.models import User
from tests.support.factories import PASSWORD


def says(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


@pytest.mark.parametrize("password", ["fourteen chars", "short", ""])
def test_alone_a_password_has_fifteen_characters(password):
    assert "at least 15 characters" in says(password)


@pytest.mark.parametrize("password", ["fifteen letters", "194837562094817", "ünïcödé ünïcödé", "x" * 7 + "yz" * 496])
def test_any_characters_do(password):
    assert says(password) == ""


def test_with_a_second_factor_eight_do(alice):
    assert says("8letters", alice)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={})
    assert says("8letters", alice) == ""
    assert "at least 8 characters" in says("7 chars", alice)


def test_who_has_to_set_one_up_needs_eight(alice):
    alice.second_factor_due = True
    assert says("8letters", alice) == ""


def test_common_and_own_words_are_refused(alice):
    alice.second_factor_due = True
    assert "common" in says("password1", alice)
    alice.username = "alice-of-the-lake"
    assert "similar" in says("alice-of-the-lakes", alice)


def test_one_that_is_absurdly_long_is_refused():
    assert f"more than {MOST}" in says("ab" * MOST)


def test_the_rule_is_told(db):
    assert any("15 characters" in text for text in password_validators_help_texts())


def test_a_short_one_is_refused_at_the_sign_up(visitor, mode):
    mode("open")
    page = visitor.sign_up(password1="fourteen chars", password2="fourteen chars").content.decode()
    assert "at least 15 characters" in page
    assert not User.objects.exists()
    visitor.sign_up(password1=PASSWORD, password2=PASSWORD)
    assert visitor.is_in
