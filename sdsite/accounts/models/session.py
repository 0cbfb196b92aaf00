"""Open sessions as people see them: where a person is logged in, since when, and when each was last used."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from sdsite.accounts.models.user import User


class UserSessionQuerySet(models.QuerySet["UserSession"]):
    """Selections of sessions."""

    def open(self, at: datetime | None = None) -> Self:
        """Sessions that have not ended by their age."""
        return self.filter(session__expire_date__gt=at or timezone.now())

    def visible_to(self, user: User) -> Self:
        """Open sessions of `user`; those from before a change of the password open nothing any more."""
        return self.open().filter(user=user, auth_hash=user.get_session_auth_hash())


class UserSession(models.Model):
    """Where a person is logged in: one row for each session of the store, deleted with it.

    `auth_hash` is what the session itself holds: another one than the user's has now means that the session has ended.
    """

    session = models.OneToOneField("sessions.Session", on_delete=models.CASCADE, related_name="+", editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="sessions")
    auth_hash = models.CharField(max_length=128, editable=False)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField("last used", default=timezone.now)

    objects = UserSessionQuerySet.as_manager()

    class Meta:
        """Last used first."""

        ordering = ["-used_at", "-pk"]
        verbose_name = "session"

    def __str__(self) -> str:
        """Return whose it is, never its key."""
        return f"session of {self.user}"
