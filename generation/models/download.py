"""Checkpoints on their way from the Hub.

    QUEUED --> RUNNING --> DONE | FAILED | CANCELLED
       |          |
       |          +------> QUEUED     (its process was asked to end, or died: what lies on the disk is kept)
       +--> CANCELLED

FAILED and CANCELLED go back to QUEUED when somebody resumes them.
"""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone


class DownloadQuerySet(models.QuerySet["CheckpointDownload"]):
    """Questions one asks of downloads."""

    def unfinished(self) -> Self:
        """Those that still have something to fetch, first come first."""
        return self.filter(state__in=CheckpointDownload.UNFINISHED).order_by("created_at", "pk")


class CheckpointDownload(models.Model):
    """One checkpoint that somebody wants from the Hub, and how far it is. Holds no token: that is HF_TOKEN's."""

    class State(models.TextChoices):
        """How far it is."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    repository = models.CharField("Hub id", max_length=200, help_text="owner/name on the Hub.")
    revision = models.CharField(max_length=80, blank=True, help_text="Branch, tag or commit; blank: the main branch.")
    filename = models.CharField(
        "single file",
        max_length=200,
        blank=True,
        help_text="A .safetensors file of the repository; blank: the whole checkpoint in diffusers format.",
    )
    half = models.BooleanField(
        "half precision", default=True, help_text="Fetch the fp16 files where there are such: half of the bytes."
    )
    slug = models.SlugField(max_length=80, help_text="Name that programs will use.")
    title = models.CharField(max_length=120)
    requested_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    checkpoint = models.ForeignKey("generation.Checkpoint", null=True, on_delete=models.SET_NULL, related_name="+")

    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED, editable=False)
    # The commit that the first attempt found: a download that goes on later must not mix two versions.
    commit = models.CharField(max_length=64, blank=True, editable=False)
    bytes_done = models.BigIntegerField(default=0, editable=False)
    bytes_total = models.BigIntegerField(default=0, editable=False)
    error = models.TextField(blank=True, editable=False)
    # The fence: every write of a process names the attempt it holds.
    attempt = models.PositiveIntegerField(default=0, editable=False)
    cancel_requested = models.BooleanField(default=False, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = DownloadQuerySet.as_manager()

    class Meta:
        """One unfinished download for a slug: both would write into one folder."""

        ordering = ["-created_at"]
        verbose_name = "download"
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(state__in=["queued", "running"]),
                name="one_unfinished_download_per_slug",
                violation_error_message="A checkpoint of that slug is being fetched already.",
            )
        ]

    def __str__(self) -> str:
        """Where it comes from."""
        return f"{self.repository}{f'/{self.filename}' if self.filename else ''}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing happens to it by itself any more."""
        return self.state not in self.UNFINISHED

    @property
    def fraction(self) -> float:
        """How much of it lies on the disk, 0 to 1."""
        return min(self.bytes_done / self.bytes_total, 1.0) if self.bytes_total else 0.0
