"""What the members of a role (a Django group) may ask for."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models


def _limit(help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(null=True, blank=True, help_text=f"{help_text} Empty: no limit.")


class RoleLimits(models.Model):
    """Limits and weight of one role; the row without a group is for everybody who has no role with limits.

    Who is in several roles has the most generous value of each limit. Staff are bound like everybody else. `safety` is
    no limit but a rule: of several roles the strictest holds (`generation.limits`).
    """

    class Safety(models.TextChoices):
        """What becomes of pictures that the site's checker objects to, the most lenient first."""

        ALLOW = "allow", "Show them"
        BLUR = "blur", "Keep a blurred copy only"
        QUARANTINE = "quarantine", "Hold them back until a moderator looked"
        REFUSE = "refuse", "Keep nothing"

    group = models.OneToOneField(
        "auth.Group",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="limits",
        help_text="Empty: for everybody who is in no role that has limits.",
    )
    weight = models.FloatField(default=1.0, validators=[MinValueValidator(0.01)], help_text="2: twice the usual share.")
    most_queued = _limit("Jobs that may wait at once.")
    most_running = _limit("Jobs that may run at once.")
    most_images = _limit("Images in one job.")
    most_pixels = _limit("Pixels of one image, as drawn.")
    most_steps = _limit("Steps of one image.")
    most_seconds_a_day = _limit("Accelerator seconds in 24 hours.")
    safety = models.CharField(
        max_length=10,
        choices=Safety.choices,
        blank=True,
        help_text="What becomes of pictures that the safety checker objects to. Empty: this role does not say.",
    )
    checkpoints = models.ManyToManyField(
        "generation.Checkpoint", blank=True, related_name="roles", help_text="None chosen: every enabled one."
    )

    class Meta:
        """One row for everybody without a role."""

        verbose_name_plural = "role limits"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(group__isnull=True), name="one_row_for_everybody_else"
            )
        ]

    def __str__(self) -> str:
        """Whose they are."""
        return f"limits of {self.group}" if self.group_id else "limits of everybody else"

    def clean(self) -> None:
        """Refuse a second row for everybody else."""
        others = RoleLimits.objects.filter(group=None).exclude(pk=self.pk)
        if self.group_id is None and others.exists():
            raise ValidationError({"group": "Everybody else has limits already; change those, or choose a group."})
