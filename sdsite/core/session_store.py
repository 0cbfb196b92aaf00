"""Sessions in the database that end some time after the login, however much they are used."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

BEGAN = "began_at"  # seconds since the epoch, written at login
DELETED_TOGETHER = 500
SEEN = "seen_at"  # likewise, written at login and now and then by the middleware


class SessionStore(db.SessionStore):
    """Sessions whose expiry is never later than settings.SESSION_LONGEST_AGE after the login."""

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return the seconds until the session ends, for its cookie."""
        return max(0, min(super().get_expiry_age(**kwargs), self._seconds_left()))

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """Return when the session ends, for its row; an ended one is not found any more."""
        return min(super().get_expiry_date(**kwargs), timezone.now() + timedelta(seconds=self._seconds_left()))

    def save(self, must_create: bool = False) -> None:
        """Save the session.

        Raises:
            OperationalError, InterfaceError: the database is away or full; Django takes it for a deleted session.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise

    @classmethod
    def clear_expired(cls) -> None:
        """Delete ended sessions and the rows that refer to them, some at a time."""
        ended = cls.get_model_class().objects.filter(expire_date__lt=timezone.now())
        while keys := list(ended.values_list("pk", flat=True)[:DELETED_TOGETHER]):
            cls.get_model_class().objects.filter(pk__in=keys).delete()

    def _seconds_left(self) -> int:
        began = self.get(BEGAN)
        longest: int = settings.SESSION_LONGEST_AGE
        return longest if began is None else int(began + longest - time.time())


@receiver(user_logged_in)
def note_login(request: HttpRequest | None, **kwargs: Any) -> None:
    """Write into the session when it began, which bounds its length."""
    if request is not None and hasattr(request, "session"):
        request.session[BEGAN] = request.session[SEEN] = int(time.time())


@receiver(user_logged_out)
def note_logout(request: HttpRequest | None, **kwargs: Any) -> None:
    """Mark the request, so that its response makes the browser forget the pages that it keeps."""
    if request is not None:
        request.logged_out = True  # type: ignore[attr-defined]
