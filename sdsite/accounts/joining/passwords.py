"""Rules of new passwords: their length alone, beside Django's list of common ones and the person's own words.

After NIST SP 800-63B-4 and OWASP ASVS 5 (6.2): 15 characters where the password is all that is asked for, 8 where a
second factor is asked for too; no rules of composition, which people answer with "Password1!".
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sdsite.accounts.models import User
from sdsite.accounts.required_steps.due import SECOND_FACTORS

ALONE, WITH_SECOND_FACTOR = 15, 8  # characters
MOST = 1000  # hashing a longer one would only take time


class LengthValidator:
    """Refuses passwords that are too short for what guards the account, or absurdly long."""

    def validate(self, password: str, user: Any = None) -> None:
        """Check the length of `password` for `user`, who may not be stored yet.

        Raises:
            ValidationError: it is too short or too long.
        """
        least = least_characters(user)
        if len(password) < least:
            sentence = _("This password is too short. It must have at least %(least)d characters; several words do.")
            raise ValidationError(sentence % {"least": least}, code="password_too_short")
        if len(password) > MOST:
            raise ValidationError(_("This password has more than %(most)d characters.") % {"most": MOST})

    def get_help_text(self) -> str:
        """Return the rule for the form."""
        sentence = _("At least %(alone)d characters, or %(second)d with a second factor. Several words do.")
        return sentence % {"alone": ALONE, "second": WITH_SECOND_FACTOR}


def least_characters(user: Any) -> int:
    """Return the characters that a password of `user` needs."""
    if not isinstance(user, User) or user.pk is None:
        return ALONE
    asked = user.second_factor_due or Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()
    return WITH_SECOND_FACTOR if asked else ALONE
