"""Jobs: what was asked, how far it is, how it ended.

    QUEUED --> RUNNING --> SUCCEEDED | FAILED | CANCELLED
       |          |
       |          +------> QUEUED      (attempt + 1; after MAX_ATTEMPTS lost workers FAILED `worker_lost`)
       +--> CANCELLED

Rows move only through `generation.jobs.lifecycle.move`: one conditional UPDATE. Terminal states are final.
"""

import time
import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.parameters.schema import ResolvedParameters

if TYPE_CHECKING:
    from sdsite.accounts.models import User

MAX_ATTEMPTS = 3


def arrival_rank() -> int:
    """Return the place in its owner's line that a job gets when it arrives: behind all before it (microseconds)."""
    return time.time_ns() // 1000


class JobQuerySet(models.QuerySet["Job"]):
    """Questions one asks of jobs."""

    def visible_to(self, user: "User") -> Self:
        """Jobs that `user` may see: their own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def unfinished(self) -> Self:
        """Jobs that still have something to do."""
        return self.filter(status__in=Job.UNFINISHED)

    def queued(self) -> Self:
        """Jobs that wait, each owner's in the order that the owner wants."""
        return self.filter(status=Job.Status.QUEUED).order_by("rank", "id")

    def running(self) -> Self:
        """Jobs that a worker has in hand, in no order: sorting would lead past the index to all that wait."""
        return self.filter(status=Job.Status.RUNNING).order_by()


class Job(models.Model):
    """One wish on its way to pictures."""

    class Status(models.TextChoices):
        """Where a job is on its road."""

        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Source(models.TextChoices):
        """Which door it came through."""

        STUDIO = "studio", "Studio"
        API = "api", "API"
        COMMAND = "command", "Command line"
        VERIFY = "verify", "Verification"
        WEBSOCKET = "websocket", "Websocket"
        OPENAI = "openai", "OpenAI's API"
        SDAPI = "sdapi", "AUTOMATIC1111's API"
        STABILITY = "stability", "Stability's websocket"
        COMFYUI = "comfyui", "ComfyUI's API"

    class Lane(models.TextChoices):
        """Which queue it waits in."""

        INTERACTIVE = "interactive"
        BATCH = "batch"

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="jobs")
    source = models.CharField(max_length=20, choices=Source.choices)
    api_key = models.ForeignKey(
        "accounts.ApiKey",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="jobs",
        db_index=False,  # job_of_key
        help_text="The key that it came with; its budget pays.",
    )
    lane = models.CharField(max_length=20, choices=Lane.choices, default=Lane.INTERACTIVE)
    parameters = models.JSONField(help_text="ResolvedParameters as JSON.")
    prompt = models.TextField(blank=True, help_text="Copied from the parameters for search.")
    checkpoint = models.ForeignKey("generation.Checkpoint", null=True, on_delete=models.SET_NULL, related_name="jobs")
    count = models.PositiveIntegerField(default=1)
    idempotency_key = models.CharField(max_length=200, null=True, blank=True, editable=False)
    wish_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the wish as sent; tells a repeated request."
    )

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    # Grows with every event of the job, so that a client can drop what is older than what it shows.
    sequence = models.BigIntegerField(default=1, editable=False)
    # The fence: every write of a worker names the attempt it holds. Grows whenever the job goes back into the queue.
    attempt = models.PositiveIntegerField(default=1, editable=False)
    losses = models.PositiveIntegerField(default=0, editable=False, help_text="Attempts that died with their worker.")
    step = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    worker = models.CharField(max_length=120, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    error_code = models.CharField(max_length=60, blank=True, editable=False)
    error_message = models.TextField(blank=True, editable=False)
    notes = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Sentences for people: what of the wish was changed or filled.",
    )
    dropped = models.JSONField(
        default=list, blank=True, editable=False, help_text="Indices of images that the owner called off."
    )
    refused = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Dropped images that the safety checker refused.",
    )
    rank = models.BigIntegerField(
        default=arrival_rank, editable=False, help_text="Place among the owner's own waiting jobs; smallest is next."
    )
    batch_key = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Jobs with the same one may share a pipeline call."
    )
    used_seconds = models.FloatField(
        default=0.0, editable=False, help_text="Accelerator seconds, of a shared call its part; set at the end."
    )
    predicted_seconds = models.FloatField(default=0.0, editable=False)
    timings = models.JSONField(default=dict, blank=True, editable=False)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_job_per_idempotency_key",
            )
        ]
        indexes = [
            # claim: who waits in a lane, and the first of their jobs there
            models.Index(fields=["lane", "owner", "rank", "id"], condition=Q(status="queued"), name="job_waiting"),
            # lanes: whether somebody has waited too long in a lane that comes later
            models.Index(fields=["lane", "queued_at"], condition=Q(status="queued"), name="job_longest_waiting"),
            # lanes: what started lately
            models.Index(fields=["lane", "started_at"], condition=Q(started_at__isnull=False), name="job_started"),
            # companions: who else waits for the same pipeline call
            models.Index(
                fields=["batch_key", "lane", "owner", "rank", "id"], condition=Q(status="queued"), name="job_beside"
            ),
            # reaper: running jobs by heartbeat
            models.Index(fields=["heartbeat_at"], condition=Q(status="running"), name="job_running"),
            # claim: who has how many running
            models.Index(fields=["owner"], condition=Q(status="running"), name="job_running_of_owner"),
            # one's own jobs, newest first
            models.Index(fields=["owner", "-created_at", "-id"], name="job_of_owner"),
            # daily budget: what one's own jobs used lately
            models.Index(fields=["owner", "finished_at"], name="job_used"),
            # a key's daily budget: what its jobs used lately
            models.Index(fields=["api_key", "finished_at"], condition=Q(api_key__isnull=False), name="job_of_key"),
            # snapshot: one's own unfinished jobs
            models.Index(
                fields=["owner", "created_at"], condition=Q(status__in=["queued", "running"]), name="job_unfinished"
            ),
            # admin: everybody's jobs, newest first
            models.Index(fields=["-created_at"], name="job_newest"),
            # dashboard: jobs of the last hours
            models.Index(fields=["-finished_at"], name="job_finished"),
        ]

    def __str__(self) -> str:
        """Short id and prompt."""
        return f"{str(self.id)[:8]} {self.prompt[:60]}"

    @property
    def is_finished(self) -> bool:
        """Whether its state is final."""
        return self.status not in self.UNFINISHED

    def resolved(self) -> ResolvedParameters:
        """Return the parameters as the typed object that pipelines run."""
        return ResolvedParameters.model_validate(self.parameters)
