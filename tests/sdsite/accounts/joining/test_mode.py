"""The sign-up mode: a row, unless the environment fixes it."""

import pytest
from django.core.exceptions import ValidationError

from sdsite.accounts.joining.mode import get_mode, set_mode
from sdsite.accounts.models import AuditEvent


def test_a_new_site_is_closed(db):
    assert get_mode() == "closed"


def test_a_change_holds_at_once_and_is_audited_with_the_one_before(root, client):
    assert "Sign up" not in client.get("/accounts/login/").content.decode()
    set_mode("open", actor=root)
    assert "Sign up" in client.get("/accounts/login/").content.decode()
    set_mode("open", actor=root)
    event = AuditEvent.objects.get(action="signup.changed")
    assert (event.actor, event.before, event.after) == (root, "closed", "open")


def test_the_environment_wins_and_refuses_changes(root, settings):
    set_mode("open", actor=root)
    settings.SIGNUP_MODE = "closed"
    assert get_mode() == "closed"
    with pytest.raises(ValidationError, match="SDSITE_SIGNUP"):
        set_mode("request", actor=root)


def test_addresses_are_verified_only_where_mail_is_sent(root, settings):
    with pytest.raises(ValidationError, match="EMAIL_URL"):
        set_mode("verified", actor=root)
    settings.MAIL_IS_SENT = True
    set_mode("verified", actor=root)
    assert get_mode() == "verified"
    settings.MAIL_IS_SENT = False  # a mail server that was taken away
    assert get_mode() == "closed"
