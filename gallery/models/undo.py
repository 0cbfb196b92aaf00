"""Records of bulk actions, from which they can be undone for some minutes."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from sdsite.accounts.models import User

LONGEST_ACTION = 30
UNDO_FOR = timedelta(minutes=10)


class UndoQuerySet(models.QuerySet["Undo"]):
    """Queries for records of actions."""

    def owned_by(self, user: "User") -> Self:
        """Records of what `user` did."""
        return self.filter(owner=user)

    def valid(self) -> Self:
        """Records that can still be undone."""
        return self.filter(created_at__gt=timezone.now() - UNDO_FOR)

    def expired(self) -> Self:
        """Records of which nobody asks any more."""
        return self.filter(created_at__lte=timezone.now() - UNDO_FOR)


class Undo(models.Model):
    """One action on several images; `after` is what it set, as `gallery.actions.bulk` understands it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.CharField(max_length=LONGEST_ACTION)
    after = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UndoQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        indexes = [
            # the records of one user, newest first
            models.Index(fields=["owner", "-created_at"], name="undo_of_owner"),
            # cleanup: records that expired
            models.Index(fields=["created_at"], name="undo_expired"),
        ]

    def __str__(self) -> str:
        """The action."""
        return self.action


class UndoPart(models.Model):
    """What one batch of an action changed: `before`, a list of [values, number of images], and the ids in this order.

    `ids` has 16 bytes for each image.
    """

    undo = models.ForeignKey(Undo, on_delete=models.CASCADE, related_name="parts")
    before = models.JSONField()
    ids = models.BinaryField()

    def __str__(self) -> str:
        """Id of the record."""
        return str(self.undo_id)
