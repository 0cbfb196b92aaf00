"""Images that were drawn once more, to see whether they come out the same."""

from django.db import models
from django.utils import timezone


class ImageCheck(models.Model):
    """One verification: a job that draws an image again by its receipt, and what came of the comparison.

    `identical` is null until the job has drawn; `psnr` in dB is null where the pictures are identical.
    """

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="checks")
    job = models.OneToOneField("generation.Job", on_delete=models.CASCADE, related_name="check_of")
    index = models.PositiveIntegerField(default=0, help_text="Which image of the job is compared.")
    identical = models.BooleanField(null=True)
    psnr = models.FloatField(null=True)
    compared = models.CharField(max_length=20, blank=True, help_text="pixels, or file where the format loses some.")
    differences = models.JSONField(default=dict, help_text="Of the receipts: {name: [then, now]}.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """The newest check of an image is the one that counts."""

        ordering = ["-created_at"]
        indexes = [models.Index(fields=["image", "-created_at"], name="check_of_image")]

    def __str__(self) -> str:
        """The image and what came of it."""
        return f"{str(self.image_id)[:8]} {'pending' if self.identical is None else self.identical}"
