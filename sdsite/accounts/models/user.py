"""The user model of the site."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """An account of a person or a program; a custom model from the first migration, so that fields can be added."""

    language = models.CharField(
        _("language"), max_length=10, blank=True, default="", help_text=_("Empty: the language of the browser.")
    )

    # What pages keep for a person on every device; `sdsite/api/preferences.py` says what may be in it.
    preferences = models.JSONField(_("preferences"), default=dict, blank=True, editable=False)

    # Set by a sign-up that asks for a verified address, cleared by the first login after it was verified.
    must_verify_email = models.BooleanField(default=False, editable=False)

    # How often the person was logged out everywhere, which ends all sessions from before.
    ended_sessions = models.PositiveIntegerField(default=0, editable=False)

    # How many notices are unread, kept by sdsite/accounts/notices/store.py, so that the badge of pages costs no query.
    unread_notices = models.PositiveIntegerField(default=0, editable=False)

    # What the person has to do before they use the site; `required_steps.due` keeps it.
    terms_due = models.BooleanField(default=False, editable=False)
    second_factor_due = models.BooleanField(default=False, editable=False)

    class Meta(AbstractUser.Meta):
        """Ordered by name, which is what people look for."""

        ordering = ["username"]
        verbose_name = "user"
        verbose_name_plural = "users"
        permissions = [
            ("make_key", "Can create API keys"),
            ("suspend_user", "Can suspend people"),
            ("manage_roles", "Can manage people and roles"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save in one transaction with what receivers of `post_save` do."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what sessions hold to stay open; Django's, until the person is logged out everywhere."""
        plain: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.ended_sessions:
            return plain
        salt = "sdsite.accounts.User.session_auth_hash"
        return salted_hmac(salt, f"{plain}{self.ended_sessions}", secret=secret, algorithm="sha256").hexdigest()


def lock_user(user_id: int) -> bool:
    """Lock the row of an account until the transaction ends; return whether there is such an account, not suspended.

    Whoever counts the rows of an account and adds one calls it first, so that requests at once do not pass a limit
    together. The lock is weak: rows that refer to the account can still be written. On SQLite a transaction is
    exclusive from its start.
    """
    rows = User.objects.select_for_update(no_key=True).filter(pk=user_id)
    return bool(rows.values_list("is_active", flat=True).first())
