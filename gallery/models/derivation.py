"""Lineage of images: which image or upload each was made from, and in which role."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gallery.models.fill_progress import FillProgress


class Derivation(models.Model):
    """One input of one image: an image of the library or an upload, its role, and its place among those of that role.

    The foreign keys of parents are not checked by the database: a parent that is deleted while its child is being
    stored must not keep the child from being stored.
    """

    class Role(models.TextChoices):
        """What the parent was used for; in the order in which they are shown."""

        INIT = "init", _("Input image")
        UPSCALE = "upscale", _("Upscaled")
        VARIATION = "variation", _("Variation")
        MASK = "mask", _("Mask")
        CONTROL = "control", _("ControlNet")
        REFERENCE = "reference", _("Reference")

    child = models.ForeignKey("gallery.Image", on_delete=models.CASCADE, related_name="derivations", db_index=False)
    parent = models.ForeignKey(
        "gallery.Image",
        null=True,
        on_delete=models.CASCADE,
        related_name="derived",
        db_constraint=False,
        db_index=False,
    )
    upload = models.ForeignKey(
        "gallery.Upload", null=True, on_delete=models.CASCADE, related_name="derived", db_constraint=False
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    position = models.PositiveSmallIntegerField(default=0, help_text="Place among the parents of that role.")
    created_at = models.DateTimeField(help_text="When the child was stored.")

    class Meta:
        """Indexes, each with the query it serves."""

        constraints = [
            # "Made from"; and filling an image's rows again stores nothing twice
            models.UniqueConstraint(fields=["child", "role", "position"], name="one_parent_per_role_and_place"),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=False, upload__isnull=True)
                | models.Q(parent__isnull=True, upload__isnull=False),
                name="derived_from_an_image_or_an_upload",
            ),
        ]
        indexes = [
            # "Made from this", newest first
            models.Index(fields=["parent", "-created_at", "-id"], name="derivation_of_parent"),
        ]

    def __str__(self) -> str:
        """Role and ids."""
        return f"{self.role}: {self.parent_id or self.upload_id} -> {self.child_id}"


class DerivationProgress(FillProgress):
    """The single row (pk 1) that says how far the images of older versions have their derivations, by id."""

    class Meta:
        """At most one row."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_derivation_progress")]
