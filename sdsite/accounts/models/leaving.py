"""Rows of leaving: accounts that their owners want deleted."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone


class AccountDeletionQuerySet(models.QuerySet["AccountDeletion"]):
    """Selections of accounts to be deleted; one that is active is kept, whoever made it so."""

    def due(self, at: datetime | None = None) -> Self:
        """Those whose grace time is over."""
        return self.filter(due_at__lte=at or timezone.now(), user__is_active=False)


class AccountDeletion(models.Model):
    """A person's request to have the account deleted at `due_at`; until then it is not active, and a login keeps it."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="deletion")
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(db_index=True)

    objects = AccountDeletionQuerySet.as_manager()

    class Meta:
        """The next first."""

        ordering = ["due_at"]

    def __str__(self) -> str:
        """Name of the person."""
        return str(self.user)
