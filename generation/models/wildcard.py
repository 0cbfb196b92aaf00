"""Lists of words that prompts choose from: `__animals/cats__` is a line of the wildcard of that name."""

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
    """Questions one asks of wildcards."""

    def enabled(self) -> Self:
        """Those that prompts may name, by name."""
        return self.filter(enabled=True).order_by("name")

    def lines_for(self, texts: Sequence[str]) -> dict[str, list[str]]:
        """Return the lines of those that `texts` name, and of those which these lines name in turn; no others."""

        def read(names: list[str]) -> Mapping[str, list[str]]:
            found = self.enabled().filter(name__in=names).values_list("name", "lines")
            return {name: parse_lines(lines) for name, lines in found}

        return {name: list(lines) for name, lines in collect(texts, read).items()}


class Wildcard(models.Model):
    """A list of words under a name, one entry a line; entries may use the syntax of prompts again."""

    name = models.CharField(
        max_length=120, unique=True, help_text="Letters, digits, dots, hyphens; slashes for folders: animals/cats."
    )
    lines = models.TextField(
        validators=[MaxLengthValidator(MOST_CHARACTERS)],
        help_text="One entry a line; lines that begin with # are comments, 2:: makes an entry twice as likely.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # What lists show: counting lines of megabytes for every page would be slow.
    entries = models.PositiveIntegerField(default=0, editable=False)

    objects = WildcardQuerySet.as_manager()

    class Meta:
        """By name."""

        ordering = ["name"]

    def __str__(self) -> str:
        """What one writes into a prompt."""
        return f"__{self.name}__"

    def clean(self) -> None:
        """Refuse a name that no prompt can say and a list without entries; count the entries."""
        self.name = self.name.strip().lower()
        if not NAME.fullmatch(self.name):
            raise ValidationError(
                {"name": "Use letters, digits, dots and hyphens, single underscores and slashes between them."}
            )
        if "\x00" in self.lines:
            raise ValidationError({"lines": "lines must not contain NUL characters"})
        self.entries = len(parse_lines(self.lines))
        if not self.entries:
            raise ValidationError({"lines": "lines must have one entry at least"})
