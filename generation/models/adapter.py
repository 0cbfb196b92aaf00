"""Adapters, the weights offered beside checkpoints: LoRA, embeddings, autoencoders, ControlNet and others."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from generation.families import FAMILIES


class AdapterQuerySet(models.QuerySet["Adapter"]):
    """Queries on adapters."""

    def enabled(self) -> Self:
        """Return the adapters that may be requested, by kind and title."""
        return self.filter(enabled=True).order_by("kind", "title", "pk")

    def of_kind(self, kind: str) -> Self:
        """Return the adapters of one kind."""
        return self.filter(kind=kind)

    def for_family(self, family: str) -> Self:
        """Return the adapters that work with checkpoints of `family`; upscalers work with every family."""
        return self.filter(family__in=[family, ""])


class Adapter(models.Model):
    """One set of adapter weights: kind, location, and the family of checkpoints it fits."""

    class Kind(models.TextChoices):
        """Kind of adapter."""

        LORA = "lora", "LoRA"
        EMBEDDING = "embedding", "Embedding (textual inversion)"
        VAE = "vae", "Autoencoder (VAE)"
        CONTROLNET = "controlnet", "ControlNet"
        IP_ADAPTER = "ip_adapter", "IP-Adapter"
        REFINER = "refiner", "Refiner"
        UPSCALER = "upscaler", "Upscaler"
        SEARCH_MODEL = "search_model", "Search model (CLIP, SigLIP)"
        TEXT_ENCODER = "text_encoder", "Text encoder, for denoisers without one"

    # These work on finished images, whatever the family, or fit by their shape.
    WITHOUT_FAMILY = (Kind.UPSCALER, Kind.SEARCH_MODEL, Kind.TEXT_ENCODER)

    kind = models.CharField(max_length=20, choices=Kind.choices)
    slug = models.SlugField(max_length=120, help_text="Name that programs and prompts use; unique within its kind.")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=120, blank=True)
    location = models.CharField(
        max_length=500, help_text="A .safetensors file or a folder: an absolute path, or one below the kind's folder."
    )
    family = models.CharField(
        max_length=40,
        blank=True,
        help_text="Family of checkpoints it was made for; blank for upscalers and search models.",
    )
    enabled = models.BooleanField(default=True)
    trigger_words = models.CharField(
        max_length=500, blank=True, help_text="Words that bring it out in a prompt, separated by commas."
    )
    default_weight = models.FloatField(default=1.0, help_text="Initial weight in forms.")
    token = models.CharField(
        max_length=120, blank=True, help_text="Embeddings only: the word that stands for it in a prompt."
    )

    # From the header of the weights: rank, alpha, vectors, resolution, scale, ...
    meta = models.JSONField(default=dict, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    size_bytes = models.BigIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    # Set while its weights are not where the row says, and the site itself has disabled it for that.
    vanished_at = models.DateTimeField("missing since", null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AdapterQuerySet.as_manager()

    class Meta:
        """Slugs are unique within a kind: a LoRA and an embedding may share one."""

        ordering = ["kind", "title"]
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="one_adapter_per_kind_and_slug")]

    def __str__(self) -> str:
        """Title."""
        return self.title

    def clean(self) -> None:
        """Refuse an unknown family, an upscaler with a family, a token of several words, and a weight out of range."""
        if self.family and self.kind in self.WITHOUT_FAMILY:
            raise ValidationError({"family": "It works with the images of every family; leave this blank."})
        if self.family and self.family not in FAMILIES:
            raise ValidationError({"family": f"Choose one of {', '.join(FAMILIES)}."})
        if self.token and len(self.token.split()) != 1:
            raise ValidationError({"token": "The token of an embedding must be one word without spaces."})
        if not -4 <= self.default_weight <= 4:
            raise ValidationError({"default_weight": f"Default weight must be -4 to 4; got {self.default_weight:g}."})

    @property
    def path(self) -> Path:
        """Path of its weights; a relative location starts at the folder of its kind."""
        return get_adapter_folder(self.kind) / self.location


def get_adapter_folder(kind: str) -> Path:
    """Return the folder of adapters of `kind`: SDSITE_DATA/checkpoints/loras and so on."""
    return Path(settings.MODELS_DIR) / f"{kind}s"
