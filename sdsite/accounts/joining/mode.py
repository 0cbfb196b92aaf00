"""The sign-up mode: a row that administrators change, read at each request, unless SDSITE_SIGNUP fixes it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from sdsite.accounts import audit
from sdsite.accounts.models import SignupMode, SignupSettings, User


def is_fixed() -> bool:
    """Tell whether the environment decides."""
    return bool(settings.SIGNUP_MODE)


def get_mode() -> SignupMode:
    """Return the mode that holds now; without a mail server nobody can verify an address, which closes the sign-up."""
    if settings.SIGNUP_MODE:
        mode = SignupMode(settings.SIGNUP_MODE)
    else:
        row = SignupSettings.objects.filter(pk=1).first()
        mode = SignupMode(row.mode) if row else SignupMode.CLOSED
    return SignupMode.CLOSED if mode == SignupMode.VERIFIED and not settings.MAIL_IS_SENT else mode


@transaction.atomic
def set_mode(mode: str, *, actor: User) -> SignupSettings:
    """Change the mode for all processes, and record it with the one before. Raises as `check_mode`."""
    row, before = store_mode(mode)
    if before != row.mode:
        audit.record(actor=actor, action="signup.changed", target=row.mode, before=before, after=str(row.mode))
    return row


def check_mode(mode: str) -> None:
    """Refuse a mode that cannot be chosen.

    Raises:
        ValidationError: the environment fixes it, or the site sends no mail that `mode` needs.
    """
    if is_fixed():
        raise ValidationError("SDSITE_SIGNUP fixes the sign-up; remove it there to choose here.")
    if mode == SignupMode.VERIFIED and not settings.MAIL_IS_SENT:
        raise ValidationError("Addresses can be verified only where EMAIL_URL names a mail server.")


@transaction.atomic
def store_mode(mode: str) -> tuple[SignupSettings, str]:
    """Store the mode and return (row, mode before); the caller records it. Raises as `check_mode`."""
    check_mode(mode)
    row, _ = SignupSettings.objects.select_for_update().get_or_create(pk=1)
    before, row.mode = str(row.mode), SignupMode(mode)
    row.save()
    return row, before
