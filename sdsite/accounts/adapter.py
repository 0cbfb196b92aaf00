"""What the site decides about accounts, in the place where allauth asks."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is open only where the site says so."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return the site's setting SDSITE_SIGNUP."""
        return bool(settings.ACCOUNT_SIGNUP_OPEN)
