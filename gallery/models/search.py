"""Inverted index of the words of prompts and of LoRAs, in plain rows that work on every database."""

from typing import Any

from django.db import models
from django.db.models import Lookup

from gallery.models.fill_progress import FillProgress

LONGEST_WORD = 64
LONGEST_LORA = 200
LAST_CHARACTER = "\U0010ffff"


@models.CharField.register_lookup
class Begins(Lookup):
    """Prefix lookup that uses the index: `word__begins="he"`. Only for letters and digits.

    SQLite uses an index for a range, but not for its case-insensitive LIKE. PostgreSQL sorts by language, so that a
    range of characters is not a prefix, and has indexes for LIKE.
    """

    lookup_name = "begins"
    prepare_rhs = True

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return the condition for databases whose LIKE can use an index."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*parameters, f"{self.rhs}%"]

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """Return the condition for SQLite, which compares by code point."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} >= %s AND {column} < %s", [*parameters, self.rhs, *parameters, f"{self.rhs}{LAST_CHARACTER}"]


class ImageWord(models.Model):
    """One word of an image's prompt, as `gallery.search.tokenizer` returns it; `owner` is the owner of the image."""

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="words", db_index=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        """Indexes, each with the query it serves."""

        constraints = [
            # whether an image has a word
            models.UniqueConstraint(fields=["image", "word"], name="one_row_per_image_and_word"),
        ]
        indexes = [
            # which of an owner's images have a word, or one with a prefix
            models.Index(
                fields=["owner", "word", "image"],
                opclasses=["int8_ops", "varchar_pattern_ops", "uuid_ops"],  # PostgreSQL's, for `begins`
                name="word_of_owner",
            ),
        ]

    def __str__(self) -> str:
        """The word."""
        return self.word


class ImageLora(models.Model):
    """One LoRA of one image, by the name in its parameters; `owner` is the owner of the image."""

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="loras", db_index=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=LONGEST_LORA)

    class Meta:
        """Indexes, each with the query it serves."""

        verbose_name = "LoRA of an image"
        constraints = [
            # the LoRAs of an image; filling an image's rows again stores nothing twice
            models.UniqueConstraint(fields=["image", "name"], name="one_row_per_image_and_lora"),
        ]
        indexes = [
            # an owner's LoRAs, and the images of one
            models.Index(fields=["owner", "name", "image"], name="lora_of_owner"),
        ]

    def __str__(self) -> str:
        """Name."""
        return self.name


class LoraProgress(FillProgress):
    """The single row (pk 1) that says how far the images of older versions have rows of their LoRAs, by id."""

    class Meta:
        """At most one row."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_lora_progress")]
