"""Account adapter of django-allauth: whether sign-up is open."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Opens sign-up where the setting SDSITE_SIGNUP is on."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return the setting SDSITE_SIGNUP."""
        return bool(settings.ACCOUNT_SIGNUP_OPEN)
