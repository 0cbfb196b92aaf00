"""Roles that ask for a second factor, and terms of use."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group

from sdsite.accounts.required_steps.second_factor import require_second_factor
from sdsite.accounts.required_steps.terms import publish_terms


@pytest.fixture
def publish(root):
    """Return a function that publishes terms."""
    return lambda text="Be kind.\n\nNo <b>haste</b>.": publish_terms(text, actor=root)


@pytest.fixture
def careful(root):
    """A role that asks its members for a second factor."""
    group = Group.objects.create(name="careful")
    require_second_factor(group, required=True, actor=root)
    return group


def add_app(user):
    """Give `user` an app with codes."""
    TOTP.activate(user, generate_totp_secret())
    return Authenticator.objects.get(user=user)


def steps(user):
    """Return (terms due, second factor due) of `user` as stored."""
    user.refresh_from_db()
    return user.terms_due, user.second_factor_due
