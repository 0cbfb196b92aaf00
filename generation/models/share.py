"""How much of the accelerators each person has had."""

from django.core.validators import MinValueValidator
from django.db import models


class Share(models.Model):
    """One person's virtual time: accelerator seconds their jobs used, divided by their weight.

    The next job is of the waiting person with the smallest. Written by `generation.queue.fairness` alone.
    """

    owner = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="share")
    weight = models.FloatField(
        default=1.0, validators=[MinValueValidator(0.01)], help_text="Times the weight of the person's role."
    )
    virtual_seconds = models.FloatField(default=0.0, editable=False)
    # Accelerator seconds of those who went first because their checkpoint was loaded; 0 again at a start of one's own.
    passed_seconds = models.FloatField(default=0.0, editable=False)

    class Meta:
        """Smallest first: the order in which claims look at them."""

        ordering = ["virtual_seconds"]
        indexes = [models.Index(fields=["virtual_seconds", "id"], name="share_smallest")]

    def __str__(self) -> str:
        """Whose it is."""
        return f"share of {self.owner_id}"
