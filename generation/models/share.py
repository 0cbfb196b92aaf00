"""Fair-share usage of each user."""

from django.core.validators import MinValueValidator
from django.db import models


class Share(models.Model):
    """Virtual time of one user: accelerator seconds of their jobs, divided by their weight.

    The waiting user with the smallest is next. Written by `generation.queue.fairness` alone.
    """

    owner = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="share")
    weight = models.FloatField(
        default=1.0, validators=[MinValueValidator(0.01)], help_text="Multiplied with the weight of the user's role."
    )
    virtual_seconds = models.FloatField(default=0.0, editable=False)
    use_reset_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="GPU time used before then counts towards no limit."
    )
    # Accelerator seconds of users who went first because their checkpoint was loaded; 0 at each start of an own job.
    passed_seconds = models.FloatField(default=0.0, editable=False)

    class Meta:
        """Smallest first, the order of claims."""

        ordering = ["virtual_seconds"]
        indexes = [models.Index(fields=["virtual_seconds", "id"], name="share_smallest")]

    def __str__(self) -> str:
        """Owner."""
        return f"share of {self.owner_id}"
