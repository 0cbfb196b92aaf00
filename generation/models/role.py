"""Limits of the members of a role (a Django group)."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models


def _limit(help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(null=True, blank=True, help_text=f"{help_text} Empty: no limit.")


class RoleLimits(models.Model):
    """Limits and weight of one role; the row without a group holds for users without a role that has limits.

    A user with several roles has the most generous value of each limit; staff have limits too. `safety` is a policy,
    not a limit: of several roles the strictest one holds (`generation.limits`).
    """

    class Safety(models.TextChoices):
        """Handling of images that the safety checker flags, the most lenient first."""

        ALLOW = "allow", "Show"
        BLUR = "blur", "Blur: keep only a blurred copy"
        QUARANTINE = "quarantine", "Put under review until a moderator approves"
        REFUSE = "refuse", "Refuse: keep nothing"

    group = models.OneToOneField(
        "auth.Group",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="limits",
        help_text="Empty: for users without a role that has limits.",
    )
    weight = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.01)],
        help_text="Weight in fair-share usage; 2 is twice the usual share.",
    )
    most_queued = _limit("Queued jobs at once.")
    most_running = _limit("Running jobs at once.")
    most_images = _limit("Images in one job.")
    most_pixels = _limit("Pixels of one image, width x height of its largest pass.")
    most_steps = _limit("Steps of one image.")
    most_kept_steps = _limit("Kept previews of steps with one image; 0: steps are not kept.")
    most_kept_mb = _limit("MB that all kept previews of steps of a person may take.")
    most_seconds_a_day = _limit("GPU time in 24 hours, in seconds.")
    safety = models.CharField(
        max_length=10,
        choices=Safety.choices,
        blank=True,
        help_text="Handling of images that the safety checker flags. Empty: decided by other roles.",
    )
    checkpoints = models.ManyToManyField(
        "generation.Checkpoint", blank=True, related_name="roles", help_text="None selected: every enabled checkpoint."
    )
    loras = models.ManyToManyField(
        "generation.Adapter",
        blank=True,
        related_name="roles",
        limit_choices_to={"kind": "lora"},
        verbose_name="LoRAs",
        help_text="None selected: every enabled LoRA.",
    )
    tasks = models.JSONField(default=list, blank=True, help_text="Allowed tasks. None: all.")
    sources = models.JSONField(
        "APIs", default=list, blank=True, help_text="Pages and APIs that may submit jobs. None: all."
    )

    speed_modes = models.JSONField(default=list, blank=True, help_text="Allowed speed modes. None: all.")

    class Meta:
        """At most one row without a group."""

        verbose_name_plural = "role limits"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(group__isnull=True), name="one_row_for_everybody_else"
            )
        ]

    def __str__(self) -> str:
        """Role."""
        return f"limits of {self.group}" if self.group_id else "limits of users without a role"

    def clean(self) -> None:
        """Refuse a second row without a group."""
        others = RoleLimits.objects.filter(group=None).exclude(pk=self.pk)
        if self.group_id is None and others.exists():
            raise ValidationError(
                {"group": "There are limits for users without a role already; change those, or choose a group."}
            )
