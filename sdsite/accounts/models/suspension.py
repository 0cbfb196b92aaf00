"""Suspensions: until when, why and by whom."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    """Selections of suspensions; one whose account is active has ended, whoever ended it."""

    def in_force(self) -> Self:
        """Those of accounts that are not active."""
        return self.filter(user__is_active=False)

    def due(self, at: datetime | None = None) -> Self:
        """Those whose time is over."""
        return self.in_force().filter(until__lte=at or timezone.now())


class Suspension(models.Model):
    """A suspended person; `User.is_active` is false as long as it holds. Without `until` it has no end."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="suspension")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, db_index=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    # Number of the decision of moderators; null: suspended before decisions were written down wherever they are made.
    decision = models.BigIntegerField(null=True, editable=False)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        """The next to end first."""

        ordering = [models.F("until").asc(nulls_last=True)]

    def __str__(self) -> str:
        """Name of the person."""
        return str(self.user)
