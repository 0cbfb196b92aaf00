"""Account adapter of django-allauth: whether sign-up is open, and mail on a site that may send none."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Opens sign-up where the setting SDSITE_SIGNUP is on, and says nothing of mails that are not sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return the setting SDSITE_SIGNUP."""
        return bool(settings.ACCOUNT_SIGNUP_OPEN)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, where the site has a mail server."""
        if settings.MAIL_IS_SENT:
            super().send_mail(template_prefix, email, context)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Show a message, unless it is about a mail that was not sent."""
        if settings.MAIL_IS_SENT or message_template != "account/messages/email_confirmation_sent.txt":
            super().add_message(request, level, message_template, *args, **kwargs)
