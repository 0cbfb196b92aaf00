"""Wildcards: `__animals/cats__` in a prompt becomes a random line of the wildcard of that name."""

from collections.abc import Mapping, Sequence
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone

from generation.parameters.prompts import collect, parse_lines
from generation.parameters.prompts.wildcards import NAME

MOST_CHARACTERS = 1_000_000


class WildcardQuerySet(models.QuerySet["Wildcard"]):
    """Queries on wildcards."""

    def enabled(self) -> Self:
        """Return the wildcards that prompts may use, by name."""
        return self.filter(enabled=True).order_by("name")

    def lines_for(self, texts: Sequence[str]) -> dict[str, list[str]]:
        """Return {name: lines} of the wildcards in `texts`, and of those that their lines use in turn."""

        def read(names: list[str]) -> Mapping[str, list[str]]:
            found = self.enabled().filter(name__in=names).values_list("name", "lines")
            return {name: parse_lines(lines) for name, lines in found}

        return {name: list(lines) for name, lines in collect(texts, read).items()}


class Wildcard(models.Model):
    """Named list of entries, one a line; entries may use the prompt syntax themselves."""

    name = models.CharField(
        max_length=120, unique=True, help_text="Letters, digits, dots, hyphens; slashes for folders: animals/cats."
    )
    lines = models.TextField(
        validators=[MaxLengthValidator(MOST_CHARACTERS)],
        help_text="One entry a line; lines that begin with # are comments, 2:: makes an entry twice as likely.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Stored for lists, because counting the lines of megabytes for every page would be slow.
    entries = models.PositiveIntegerField(default=0, editable=False)

    objects = WildcardQuerySet.as_manager()

    class Meta:
        """By name."""

        ordering = ["name"]

    def __str__(self) -> str:
        """Name as written in prompts."""
        return f"__{self.name}__"

    def clean(self) -> None:
        """Refuse a name that prompts cannot contain and a list without entries; count the entries."""
        self.name = self.name.strip().lower()
        if not NAME.fullmatch(self.name):
            raise ValidationError(
                {"name": "Use letters, digits, dots and hyphens, single underscores and slashes between them."}
            )
        if "\x00" in self.lines:
            raise ValidationError({"lines": "lines must not contain NUL characters"})
        self.entries = len(parse_lines(self.lines))
        if not self.entries:
            raise ValidationError({"lines": "lines must have at least one entry"})
