"""Checkpoints, the weights of diffusion models that the site offers."""

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.families import FAMILIES, families_with
from generation.parameters import catalog
from generation.parameters.defaults import CheckpointDefaults, FewStep
from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    """Queries on checkpoints."""

    def enabled(self) -> Self:
        """Return the checkpoints that may be requested, the default first."""
        return self.filter(enabled=True).order_by("-is_default", "title")

    def default(self) -> "Checkpoint | None":
        """Return the default checkpoint, or the first enabled one where none is marked."""
        return self.enabled().first()


class Checkpoint(models.Model):
    """One set of weights: location, defaults for requests, and measured cost."""

    class Kind(models.TextChoices):
        """Meaning of `location`."""

        FOLDER = "folder", "Folder in diffusers format"
        FILE = "file", "Single .safetensors file"
        DENOISER = "denoiser", "Denoiser in one file, joined with shared parts"
        HUB = "hub", "Hugging Face Hub id"

    class Prediction(models.TextChoices):
        """Prediction type that the denoiser was trained with."""

        AUTO = "auto", "As the weights say"
        EPSILON = "epsilon", "The noise (epsilon)"
        V = "v_prediction", "The velocity (v-prediction)"
        SAMPLE = "sample", "The image itself (sample)"

    class Precision(models.TextChoices):
        """Precision of the weights in memory."""

        AUTO = "auto", "As fits"
        FULL = "full", "Full (32 bit)"
        HALF = "half", "Half (float16)"
        BF16 = "bf16", "Half (bfloat16)"
        QUANTIZED = "quantized", "Quantized (8 bit, computed in more)"

    class MemoryMode(models.TextChoices):
        """Weights that are on the accelerator during generation."""

        AUTO = "auto", "As fits"
        RESIDENT = "resident", "Resident: all of them, always"
        OFFLOAD = "offload", "Offload: one part at a time"
        SEQUENTIAL = "sequential", "Sequential: one layer at a time (slow)"

    class Tiling(models.TextChoices):
        """Whether large images are decoded in tiles."""

        AUTO = "auto", "As fits"
        ON = "on", "Always"
        OFF = "off", "Never"

    class SizePolicy(models.TextChoices):
        """Handling of requests for a size that is not allowed."""

        REFUSE = "refuse", "Refuse it, naming the allowed sizes"
        SNAP = "snap", "Use the nearest allowed size, with a note"

    slug = models.SlugField(max_length=80, unique=True, help_text="Name that programs use.")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FOLDER)
    location = models.CharField(max_length=500, help_text="Path on the server, or owner/name on the Hub.")
    revision = models.CharField(max_length=80, blank=True, help_text="Branch, tag or commit (Hub only).")
    family = models.CharField(max_length=40, help_text="Architecture: a key of the catalog's families.")
    enabled = models.BooleanField(default=True)
    is_default = models.BooleanField("default", default=False, help_text="Used when a request names no checkpoint.")

    width = models.PositiveIntegerField(help_text="Best width in pixels.")
    height = models.PositiveIntegerField(help_text="Best height in pixels.")
    sizes = models.JSONField(
        default=list, blank=True, help_text="Allowed [width, height] pairs; empty: any size in the site's range."
    )
    size_policy = models.CharField(
        max_length=10, choices=SizePolicy.choices, default=SizePolicy.REFUSE, help_text="For other requested sizes."
    )
    steps = models.PositiveIntegerField(default=20)
    guidance_scale = models.FloatField(default=7.0)
    sampler = models.CharField(max_length=40)
    schedule = models.CharField(max_length=20, default="normal")
    vocabulary = models.JSONField(
        default=list, blank=True, help_text='What it can draw: [{"category": "Animals", "words": ["fox"]}].'
    )

    negative_prompt = models.TextField(
        blank=True, max_length=PROMPT_CHARACTERS, help_text="Used when a request has none."
    )
    trigger_words = models.CharField(
        max_length=500, blank=True, help_text="Words that bring out its style, separated by commas; shown to users."
    )
    clip_skip = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Layer of the text encoder, counted from the last, 1 to 12; blank: the last."
    )
    upscaler = models.CharField(
        max_length=80, blank=True, help_text="Used when a request names none: key of a built-in one, or slug."
    )
    studio_upscale_by = models.FloatField(
        "upscaled in the studio",
        default=1.0,
        validators=[MinValueValidator(RANGES["upscale_by"].least), MaxValueValidator(RANGES["upscale_by"].most)],
        help_text="Factor by which the studio upscales images unless its form says otherwise; 1: not. Requests of "
        "programs get the size that they ask for.",
    )
    # Denoisers: slugs of the adapters chosen as parts, {"text_encoder": "clip-l"}; others are matched by shape.
    parts = models.JSONField(default=dict, blank=True, editable=False)
    vae = models.SlugField(max_length=80, blank=True, help_text="Slug of the VAE to use instead of its own.")
    draft_lora = models.SlugField(
        "LoRA of drafts",
        max_length=80,
        blank=True,
        help_text="Slug of a LoRA for few steps (LCM, Lightning, DMD2): drafts use it, without guidance. Blank: none.",
    )
    draft_steps = models.PositiveSmallIntegerField(
        "steps of drafts",
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(16)],
        help_text="With that LoRA.",
    )
    draft_sampler = models.CharField(
        "sampler of drafts",
        max_length=40,
        blank=True,
        help_text="With that LoRA. Blank: the requested one.",
    )
    picture = models.FileField(
        upload_to="checkpoints", blank=True, help_text="Image shown where checkpoints are chosen: JPEG, PNG or WebP."
    )

    prediction_type = models.CharField(max_length=20, choices=Prediction.choices, default=Prediction.AUTO)
    precision = models.CharField(max_length=10, choices=Precision.choices, default=Precision.AUTO)
    memory_mode = models.CharField(max_length=10, choices=MemoryMode.choices, default=MemoryMode.AUTO)
    tiled_vae = models.CharField("tiled VAE", max_length=4, choices=Tiling.choices, default=Tiling.AUTO)

    # From headers and configs, without reading weights; empty until inspected.
    found_prediction = models.CharField("predicts", max_length=20, blank=True, editable=False)
    found_dtype = models.CharField("stored as", max_length=20, blank=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    size_bytes = models.BigIntegerField(default=0, editable=False)
    # Seconds of one step of one megapixel as releases before `MeasuredSpeed` measured them; used until that has rows.
    step_seconds = models.FloatField(default=0.0, editable=False)
    # Exponential average of the seconds of an image beside its steps. Learned from jobs with upscaling; those of other
    # jobs, which earlier releases averaged here too, are used until `MeasuredSpeed` has rows.
    image_seconds = models.FloatField(default=0.0, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    # Set while its weights are not where the row says, and the site itself has disabled it for that.
    vanished_at = models.DateTimeField("missing since", null=True, blank=True, editable=False)
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
        """Refuse sizes that are not a list of pairs, an unknown family, and what the family cannot do."""
        pairs = self.sizes if isinstance(self.sizes, list) else [None]
        for pair in pairs:
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, int) for side in pair)):
                raise ValidationError({"sizes": "Sizes must be a list of [width, height] pairs, such as [[512, 512]]."})
        if self.family not in FAMILIES:
            raise ValidationError({"family": f"Choose one of {', '.join(FAMILIES)}."})
        if self.sampler not in catalog.samplers_for(self.family):
            raise ValidationError({"sampler": f"Choose one of {', '.join(catalog.samplers_for(self.family))}."})
        schedules = catalog.SAMPLERS[self.sampler].schedules_for(self.family)
        if self.schedule not in schedules:
            raise ValidationError({"schedule": f"Choose one of {', '.join(schedules)}."})
        if self.draft_sampler and self.draft_sampler not in catalog.samplers_for(self.family):
            raise ValidationError({"draft_sampler": f"Choose one of {', '.join(catalog.samplers_for(self.family))}."})
        self._clean_family_features()

    def _clean_family_features(self) -> None:
        """Refuse a clip skip or prediction type that the family does not have."""
        label = FAMILIES[self.family].label
        if self.clip_skip is not None and not RANGES["clip_skip"].allows(self.clip_skip):
            raise ValidationError({"clip_skip": f"Clip skip must be {RANGES['clip_skip']}; got {self.clip_skip}."})
        if self.clip_skip not in (None, 1) and self.family not in families_with("clip_skip"):
            raise ValidationError({"clip_skip": f"{label} has no clip skip; leave it blank."})
        if self.prediction_type != self.Prediction.AUTO and FAMILIES[self.family].flow:
            raise ValidationError({"prediction_type": f"{label} predicts a flow; leave it to the weights."})

    @property
    def triggers(self) -> list[str]:
        """The trigger words as a list."""
        return [word.strip() for word in self.trigger_words.split(",") if word.strip()]

    def defaults(self) -> CheckpointDefaults:
        """Return the values that fill what a request leaves out."""
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
            size_policy=self.size_policy,
            negative_prompt=self.negative_prompt,
            clip_skip=self.clip_skip,
            upscaler=self.upscaler,
            vae=self.vae,
            few_step=FewStep(self.draft_lora, self.draft_steps, self.draft_sampler) if self.draft_lora else None,
        )
