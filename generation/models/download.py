"""Downloads of checkpoints from the Hub.

    QUEUED --> RUNNING --> DONE | FAILED | CANCELLED
       |          |
       |          +------> QUEUED     (its process was asked to end, or died; the bytes on disk are kept)
       +--> CANCELLED

FAILED and CANCELLED go back to QUEUED when resumed.
"""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone


class DownloadQuerySet(models.QuerySet["CheckpointDownload"]):
    """Queries on downloads."""

    def unfinished(self) -> Self:
        """Return the unfinished downloads, oldest first."""
        return self.filter(state__in=CheckpointDownload.UNFINISHED).order_by("created_at", "pk")


class CheckpointDownload(models.Model):
    """One requested download and its progress. Contains no token; HF_TOKEN does."""

    class State(models.TextChoices):
        """State of a download."""

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
        "half precision",
        default=True,
        help_text="Download the fp16 files where the repository has them: half the bytes.",
    )
    slug = models.SlugField(max_length=80, help_text="Name that programs will use.")
    title = models.CharField(max_length=120)
    requested_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    checkpoint = models.ForeignKey("generation.Checkpoint", null=True, on_delete=models.SET_NULL, related_name="+")

    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED, editable=False)
    # Commit found by the first attempt, so that a resumed download does not mix two versions.
    commit = models.CharField(max_length=64, blank=True, editable=False)
    bytes_done = models.BigIntegerField(default=0, editable=False)
    bytes_total = models.BigIntegerField(default=0, editable=False)
    error = models.TextField(blank=True, editable=False)
    # Fencing token: every write of a process names the attempt it holds.
    attempt = models.PositiveIntegerField(default=0, editable=False)
    cancel_requested = models.BooleanField(default=False, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = DownloadQuerySet.as_manager()

    class Meta:
        """At most one unfinished download for a slug, because two would write into one folder."""

        ordering = ["-created_at"]
        verbose_name = "download"
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(state__in=["queued", "running"]),
                name="one_unfinished_download_per_slug",
                violation_error_message="A checkpoint with that slug is being downloaded already.",
            )
        ]

    def __str__(self) -> str:
        """Repository and file."""
        return f"{self.repository}{f'/{self.filename}' if self.filename else ''}"

    @property
    def is_finished(self) -> bool:
        """Whether its state is final, unless it is resumed."""
        return self.state not in self.UNFINISHED

    @property
    def fraction(self) -> float:
        """Part of the bytes that are on disk, 0 to 1."""
        return min(self.bytes_done / self.bytes_total, 1.0) if self.bytes_total else 0.0
