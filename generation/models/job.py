"""Jobs: resolved parameters, progress and outcome.

    QUEUED --> RUNNING --> SUCCEEDED | FAILED | CANCELLED
       |          |
       |          +------> QUEUED      (attempt + 1; after MAX_ATTEMPTS lost workers FAILED `worker_lost`,
       |                           after MOST_DEVICE_FAILURES failures of the device in its calls `device_failed`)
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
MOST_DEVICE_FAILURES = 2


def arrival_rank() -> int:
    """Return the rank of a new job, behind its owner's earlier ones: Unix time in microseconds."""
    return time.time_ns() // 1000


class JobQuerySet(models.QuerySet["Job"]):
    """Queries on jobs."""

    def visible_to(self, user: "User") -> Self:
        """Return the jobs that `user` may see: their own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def unfinished(self) -> Self:
        """Return the queued and running jobs."""
        return self.filter(status__in=Job.UNFINISHED)

    def queued(self) -> Self:
        """Return the queued jobs, each owner's in that owner's order."""
        return self.filter(status=Job.Status.QUEUED).order_by("rank", "id")

    def running(self) -> Self:
        """Return the running jobs, unordered: sorting would not use the index and would read all queued ones."""
        return self.filter(status=Job.Status.RUNNING).order_by()


class Job(models.Model):
    """One request for images: parameters, state, progress, outcome."""

    class Status(models.TextChoices):
        """State of a job."""

        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Source(models.TextChoices):
        """API or page that the job came from."""

        STUDIO = "studio", "Studio"
        API = "api", "API"
        COMMAND = "command", "Command line"
        VERIFY = "verify", "Verification"
        CALIBRATE = "calibrate", "Calibration"
        WEBSOCKET = "websocket", "Websocket"
        OPENAI = "openai", "OpenAI's API"
        SDAPI = "sdapi", "AUTOMATIC1111's API"
        STABILITY = "stability", "Stability's websocket"
        COMFYUI = "comfyui", "ComfyUI's API"
        SIMPLE = "simple", "Simple API"
        MCP = "mcp", "MCP server"

    class Lane(models.TextChoices):
        """Queue that the job waits in."""

        INTERACTIVE = "interactive"
        BATCH = "batch"

    # Those that a role may be limited to; the others are the site's own.
    SOURCES_OF_ROLES = (
        *(Source.STUDIO, Source.API, Source.WEBSOCKET),
        *(Source.OPENAI, Source.SDAPI, Source.STABILITY, Source.COMFYUI, Source.SIMPLE, Source.MCP),
    )

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
        help_text="API key of the request; the job counts towards its limits.",
    )
    lane = models.CharField(max_length=20, choices=Lane.choices, default=Lane.INTERACTIVE)
    parameters = models.JSONField(help_text="ResolvedParameters as JSON.")
    prompt = models.TextField(blank=True, help_text="Copied from the parameters for search.")
    checkpoint = models.ForeignKey("generation.Checkpoint", null=True, on_delete=models.SET_NULL, related_name="jobs")
    count = models.PositiveIntegerField(default=1)
    idempotency_key = models.CharField(max_length=200, null=True, blank=True, editable=False)
    wish_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the request; recognises a repeated one."
    )

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    # Grows with every event of the job, so that clients can drop older messages.
    sequence = models.BigIntegerField(default=1, editable=False)
    # Fencing token: every write of a worker names its attempt. Grows when the job goes back into the queue.
    attempt = models.PositiveIntegerField(default=1, editable=False)
    losses = models.PositiveIntegerField(default=0, editable=False, help_text="Attempts whose worker was lost.")
    device_failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="Pipeline calls of it in which the accelerator failed."
    )
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
        help_text="What of the request was changed or filled in, as sentences.",
    )
    dropped = models.JSONField(
        default=list, blank=True, editable=False, help_text="Indices of images that will not be generated."
    )
    refused = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Indices of dropped images that the safety checker refused.",
    )
    rank = models.BigIntegerField(
        default=arrival_rank, editable=False, help_text="Order among the owner's queued jobs; the smallest is next."
    )
    batch_key = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Jobs with the same key may share a pipeline call."
    )
    used_seconds = models.FloatField(
        default=0.0, editable=False, help_text="GPU time in seconds, of a shared call its part; set at the end."
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
        permissions = [
            ("submit_job", "Can submit jobs"),
            ("verify_image", "Can verify images"),
            ("use_webhooks", "Can use webhooks"),
            ("manage_rules", "Can manage rules"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_job_per_idempotency_key",
            )
        ]
        indexes = [
            # claim: owners waiting in a lane, and the first job of each
            models.Index(fields=["lane", "owner", "rank", "id"], condition=Q(status="queued"), name="job_waiting"),
            # lanes: the longest wait in a later lane
            models.Index(fields=["lane", "queued_at"], condition=Q(status="queued"), name="job_longest_waiting"),
            # lanes: jobs started lately
            models.Index(fields=["lane", "started_at"], condition=Q(started_at__isnull=False), name="job_started"),
            # batch companions: queued jobs for the same pipeline call
            models.Index(
                fields=["batch_key", "lane", "owner", "rank", "id"], condition=Q(status="queued"), name="job_beside"
            ),
            # reaper: running jobs by heartbeat
            models.Index(fields=["heartbeat_at"], condition=Q(status="running"), name="job_running"),
            # claim: number of running jobs of an owner
            models.Index(fields=["owner"], condition=Q(status="running"), name="job_running_of_owner"),
            # API: an owner's jobs, newest first
            models.Index(fields=["owner", "-created_at", "-id"], name="job_of_owner"),
            # daily budget of an owner: jobs that ended lately
            models.Index(fields=["owner", "finished_at"], name="job_used"),
            # daily budget of a key: jobs that ended lately
            models.Index(fields=["api_key", "finished_at"], condition=Q(api_key__isnull=False), name="job_of_key"),
            # snapshot: an owner's unfinished jobs
            models.Index(
                fields=["owner", "created_at"], condition=Q(status__in=["queued", "running"]), name="job_unfinished"
            ),
            # admin: all jobs, newest first
            models.Index(fields=["-created_at"], name="job_newest"),
            # dashboard: jobs of the last hours
            models.Index(fields=["-finished_at"], name="job_finished"),
            # dashboard: the last failures, however many other jobs ended since
            models.Index(fields=["-finished_at"], condition=Q(status="failed"), name="job_failed"),
        ]

    def __str__(self) -> str:
        """Short id and prompt."""
        return f"{str(self.id)[:8]} {self.prompt[:60]}"

    @property
    def is_finished(self) -> bool:
        """Whether its state is final."""
        return self.status not in self.UNFINISHED

    def resolved(self) -> ResolvedParameters:
        """Return the parameters as ResolvedParameters."""
        return ResolvedParameters.model_validate(self.parameters)
