"""Index of search by meaning: vectors of a CLIP or SigLIP model, one for each image, and the same in blocks."""

from django.db import models


class MeaningModel(models.Model):
    """The single row (pk 1) that says which model the vectors come from, and how far the images have been gone through.

    `revision` grows whenever the index begins anew; vectors and blocks of another revision are not compared with.
    """

    sha256 = models.CharField(max_length=64, blank=True, help_text="Checksum of its weights.")
    is_on = models.BooleanField(default=False, help_text="Whether an administrator has enabled it.")
    title = models.CharField(max_length=120, blank=True)
    dimensions = models.PositiveIntegerField(default=0, help_text="Numbers of a vector.")
    revision = models.PositiveIntegerField(default=0)
    last_id = models.UUIDField(null=True)
    is_finished = models.BooleanField(default=False)

    class Meta:
        """At most one row."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_meaning_model")]

    def __str__(self) -> str:
        """Title."""
        return self.title or "none"


class ImageVector(models.Model):
    """Vector of an image, each number as a signed byte; empty: it waits for one, or its file cannot be read."""

    WAITING = 0  # the revision of an image that was stored since the model was added

    image = models.OneToOneField("gallery.Image", on_delete=models.CASCADE, primary_key=True, related_name="vector")
    revision = models.PositiveIntegerField()
    values = models.BinaryField()

    class Meta:
        """Indexes, each with the query it serves."""

        indexes = [
            # images that wait for their vector, and the number of those that have one
            models.Index(fields=["revision"], name="vector_revision"),
        ]

    def __str__(self) -> str:
        """The image and the revision."""
        return f"{self.image_id}: {self.revision}"


class VectorBlock(models.Model):
    """Vectors of up to 1024 images of one owner in a row: a search reads all of an owner's, hundreds at once.

    `ids` has 16 bytes for each image, `values` as many as the model has dimensions.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    revision = models.PositiveIntegerField()
    images = models.PositiveIntegerField()
    ids = models.BinaryField()
    values = models.BinaryField()

    class Meta:
        """Indexes, each with the query it serves."""

        indexes = [
            # a search among the images of one person or of all, the block with room, and the number of indexed images
            models.Index(fields=["owner", "revision", "images"], name="vector_block_of_owner"),
        ]

    def __str__(self) -> str:
        """The owner and the number of images."""
        return f"{self.owner_id}: {self.images}"
