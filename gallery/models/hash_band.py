"""Index of perceptual hashes by their parts, in plain rows that work on every database."""

from django.db import models

from gallery.models.fill_progress import FillProgress


class HashBand(models.Model):
    """One of the four parts of an image's perceptual hash; `key` is the number of the part, then its 16 bits.

    `owner_id` is the owner of the image, without a foreign key: rows go with their image, and no index of the owner
    alone has to be kept for deleting people.
    """

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="hash_bands")
    key = models.PositiveIntegerField()
    owner_id = models.BigIntegerField()
    perceptual_hash = models.BigIntegerField(help_text="The whole hash, as the image has it.")

    class Meta:
        """Indexes, each with the query it serves."""

        indexes = [
            # the images, of an owner or of all, that share a part; distances are counted without reading any table
            models.Index(fields=["key", "owner_id", "perceptual_hash", "image"], name="hash_band_of_owner"),
        ]

    def __str__(self) -> str:
        """The part and its bits."""
        return f"{self.key >> 16}: {self.key & 0xFFFF:04x}"


class HashProgress(FillProgress):
    """The single row (pk 1) that says how far the images of older versions have a perceptual hash, by id."""

    class Meta:
        """At most one row."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_hash_progress")]
