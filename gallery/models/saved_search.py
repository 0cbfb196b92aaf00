"""Saved searches: query strings of the library under names."""

import uuid
from typing import Any, Self

from django.db import models
from django.utils import timezone

LONGEST_NAME = 100
LONGEST_QUERY_STRING = 4000


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    """Queries for saved searches."""

    def owned_by(self, user: Any) -> Self:
        """Saved searches of `user`, by name."""
        return self.filter(owner=user).order_by("folded", "pk")


class SavedSearch(models.Model):
    """A search of one person: a query string that `gallery.search.saved` has checked, and its name.

    `folded` is the name as it is compared, so that "Skies" and "skies" are the same name on every database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="saved_searches", db_index=False, editable=False
    )
    name = models.CharField(max_length=LONGEST_NAME)
    folded = models.CharField(max_length=3 * LONGEST_NAME, editable=False)
    query = models.CharField(max_length=LONGEST_QUERY_STRING, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        constraints = [
            # a person's saved searches by name; each name once
            models.UniqueConstraint(fields=["owner", "folded"], name="one_saved_search_per_owner_and_name"),
        ]

    def __str__(self) -> str:
        """Name."""
        return self.name
