"""Rows of notices: what the site tells a person."""

from typing import Any, Self

from django.db import models
from django.utils import timezone


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Selections of notices."""

    def visible_to(self, user: Any) -> Self:
        """Notices that `user` may read: their own, without those that go out by push or e-mail alone."""
        return self.filter(person=user.pk, on_site=True)

    def unread(self) -> Self:
        """Notices that were not read yet."""
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something that happened, told to one person; `sdsite/accounts/notices/kinds.py` has the sentence of each kind."""

    # Without an index of its own: that of the list begins with it.
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(max_length=40)
    # Who did it, if somebody did; the name is looked up when it is shown, so that it goes with the account.
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    # What later ones of this kind have in common with it, so that they join it; empty: it stays alone.
    group = models.CharField(max_length=80, blank=True, default="")
    detail = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True, default="")
    on_site = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering = ["-created_at", "-pk"]
        indexes = [
            # The list of a person, newest first.
            models.Index(fields=["person", "-created_at", "-id"], name="notice_newest"),
            # The count of the badge.
            models.Index(fields=["person"], condition=models.Q(read_at=None, on_site=True), name="notice_unread"),
            # Those that are too old.
            models.Index(fields=["created_at"], name="notice_age"),
        ]

    def __str__(self) -> str:
        """Kind and person."""
        return f"{self.kind} for {self.person_id}"
