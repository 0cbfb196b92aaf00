"""Weights that the site offers."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.parameters import catalog
from generation.parameters.schema import CheckpointDefaults


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    """Questions one asks of checkpoints."""

    def enabled(self) -> Self:
        """Those that people may ask for, default first."""
        return self.filter(enabled=True).order_by("-is_default", "title")

    def default(self) -> "Checkpoint | None":
        """The one used when nobody names one: the marked one, else the first enabled."""
        return self.enabled().first()


class Checkpoint(models.Model):
    """One set of weights: where it lies, what it is good at, and what it was measured to cost."""

    class Kind(models.TextChoices):
        """What `location` names."""

        FOLDER = "folder", "Folder in diffusers format"
        FILE = "file", "Single .safetensors file"
        HUB = "hub", "Hugging Face Hub id"

    slug = models.SlugField(max_length=80, unique=True, help_text="Name that programs use.")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FOLDER)
    location = models.CharField(max_length=500, help_text="Path on this machine, or owner/name on the Hub.")
    revision = models.CharField(max_length=80, blank=True, help_text="Branch, tag or commit (Hub only).")
    family = models.CharField(max_length=40, help_text="Architecture: a key of the catalog's families.")
    enabled = models.BooleanField(default=True)
    is_default = models.BooleanField("default", default=False, help_text="Used when a wish names no checkpoint.")

    width = models.PositiveIntegerField(help_text="Pixels it draws best at.")
    height = models.PositiveIntegerField()
    sizes = models.JSONField(
        default=list, blank=True, help_text="Allowed [width, height] pairs; empty: any size in the site's range."
    )
    steps = models.PositiveIntegerField(default=20)
    guidance_scale = models.FloatField(default=7.0)
    sampler = models.CharField(max_length=40)
    schedule = models.CharField(max_length=20, default="normal")
    vocabulary = models.JSONField(
        default=list, blank=True, help_text='What one can ask for: [{"category": "Animals", "words": ["fox"]}].'
    )

    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    size_bytes = models.BigIntegerField(default=0, editable=False)
    # Exponential average of measured seconds for one step of one megapixel-image; 0 until something ran.
    step_seconds = models.FloatField(default=0.0, editable=False)
    # The same for what an image costs beside its steps: reading the prompt, decoding, storing.
    image_seconds = models.FloatField(default=0.0, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        """At most one default."""

        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_checkpoint")
        ]

    def __str__(self) -> str:
        """Title."""
        return self.title

    def clean(self) -> None:
        """Refuse sizes that are no list of pairs, an unknown family, and a sampler or schedule that it cannot do."""
        pairs = self.sizes if isinstance(self.sizes, list) else [None]
        for pair in pairs:
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, int) for side in pair)):
                raise ValidationError({"sizes": "Sizes must be a list of [width, height] pairs, such as [[512, 512]]."})
        if self.family not in catalog.FAMILIES:
            raise ValidationError({"family": f"Choose one of {', '.join(catalog.FAMILIES)}."})
        if self.sampler not in catalog.samplers_for(self.family):
            raise ValidationError({"sampler": f"Choose one of {', '.join(catalog.samplers_for(self.family))}."})
        schedules = catalog.SAMPLERS[self.sampler].schedules_for(self.family)
        if self.schedule not in schedules:
            raise ValidationError({"schedule": f"Choose one of {', '.join(schedules)}."})

    def defaults(self) -> CheckpointDefaults:
        """Return what the schema fills wishes from."""
        return CheckpointDefaults(
            slug=self.slug,
            family=self.family,
            width=self.width,
            height=self.height,
            steps=self.steps,
            guidance_scale=self.guidance_scale,
            sampler=self.sampler,
            schedule=self.schedule,
            sizes=tuple((width, height) for width, height in self.sizes),
        )
