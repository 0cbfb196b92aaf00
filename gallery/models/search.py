"""Where the words of prompts are found: an inverted index in plain rows, the same on every database."""

from typing import Any

from django.db import models
from django.db.models import Lookup

LONGEST_WORD = 64
LAST_CHARACTER = "\U0010ffff"


@models.CharField.register_lookup
class Begins(Lookup):
    """`word__begins="he"`: the words that begin so, along the index. For letters and digits alone.

    SQLite goes along an index for a range, but not for its LIKE, which minds no case; PostgreSQL orders by language,
    where a range of characters means little, and has indexes for LIKE.
    """

    lookup_name = "begins"
    prepare_rhs = True

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return the condition for databases whose LIKE has an index."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*parameters, f"{self.rhs}%"]

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """Return the condition for SQLite, which compares code points."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} >= %s AND {column} < %s", [*parameters, self.rhs, *parameters, f"{self.rhs}{LAST_CHARACTER}"]


class ImageWord(models.Model):
    """One word of one image's prompt, as `gallery.search.tokenizer` writes it; `owner` is that of the image."""

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
            # which of one's own images have a word, or one that begins so
            models.Index(
                fields=["owner", "word", "image"],
                opclasses=["int8_ops", "varchar_pattern_ops", "uuid_ops"],  # PostgreSQL's, for `begins`
                name="word_of_owner",
            ),
        ]

    def __str__(self) -> str:
        """The word."""
        return self.word
