"""Verifications of images: each is generated again and compared."""

from django.db import models
from django.utils import timezone


class ImageCheck(models.Model):
    """One verification: a job that generates an image again from its receipt, and the result of the comparison.

    `identical` is null until the job has finished; `psnr`, in dB, is null where the images are identical.
    """

    image = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="checks")
    job = models.OneToOneField("generation.Job", on_delete=models.CASCADE, related_name="check_of")
    index = models.PositiveIntegerField(default=0, help_text="Index of the compared image of the job.")
    identical = models.BooleanField(null=True)
    psnr = models.FloatField(null=True)
    compared = models.CharField(max_length=20, blank=True, help_text="pixels, or file for lossy formats.")
    differences = models.JSONField(default=dict, help_text="Differences of the receipts: {name: [then, now]}.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """Newest first; the newest check of an image counts."""

        ordering = ["-created_at"]
        indexes = [models.Index(fields=["image", "-created_at"], name="check_of_image")]

    def __str__(self) -> str:
        """Image and result."""
        return f"{str(self.image_id)[:8]} {'pending' if self.identical is None else self.identical}"
