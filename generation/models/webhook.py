"""Webhooks: addresses of people's own programs that are told what becomes of their jobs, and what was told.

    WAITING --> SENDING --> DELIVERED
       ^          |  |
       |          |  +----> FAILED      (every attempt failed, or the webhook was switched off)
       +----------+                     (an attempt failed, or its process died: the lease ran out)

DELIVERED and FAILED go back to WAITING when somebody asks for it again.
"""

import base64
import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from sdsite.accounts.models import User

LONGEST_NAME = 80
LONGEST_URL = 2048
SECRET_PREFIX = "whsec_"  # noqa: S105  what every secret begins with
SECRET_BYTES = 32


def make_secret() -> str:
    """Return a fresh secret: SECRET_PREFIX and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Questions one asks of webhooks."""

    def visible_to(self, user: "User") -> Self:
        """Webhooks that `user` may see and change: their own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def of_account(self) -> Self:
        """Webhooks that hear of all jobs of their owner, newest first."""
        return self.filter(job=None).order_by("-created_at")

    def hearing_of(self, job_id: uuid.UUID, owner_id: int) -> Self:
        """Webhooks that are told of a job: its owner's, switched on, unless the owner is locked out."""
        mine = self.filter(owner_id=owner_id, owner__is_active=True, enabled=True)
        return mine.filter(Q(job=None) | Q(job_id=job_id))


class Webhook(models.Model):
    """One address, and what it wants to hear. With a `job` it hears of that job alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="webhooks")
    job = models.ForeignKey(
        "generation.Job", null=True, blank=True, on_delete=models.CASCADE, related_name="webhooks", editable=False
    )
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    url = models.CharField("URL", max_length=LONGEST_URL)
    events = models.JSONField(default=list, help_text="Names of the events that it hears of.")
    # Kept as it is, because every delivery is signed with it. Shown once, and nowhere else.
    secret = models.CharField(max_length=200, default=make_secret, editable=False)
    previous_secret = models.CharField(max_length=200, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    enabled = models.BooleanField("switched on", default=True)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="Failed attempts since the last good.")
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    switched_off_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the site switched it off because it kept failing."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        indexes = [
            # every move of a job: who hears of it
            models.Index(fields=["owner", "job"], condition=Q(enabled=True), name="webhook_hearing"),
            # whether anybody listens at all
            models.Index(fields=["id"], condition=Q(enabled=True, job=None), name="webhook_listening"),
        ]

    def __str__(self) -> str:
        """Name and host; the rest of the address may be a secret of its own."""
        return f"{self.name} ({self.host})" if self.name else self.host

    @property
    def host(self) -> str:
        """The host that is told."""
        return urlsplit(self.url).hostname or ""

    def secrets_at(self, now: datetime) -> list[str]:
        """Return the secrets that deliveries are signed with: the present one, and for a day the one before."""
        old = self.previous_secret if self.previous_until is not None and self.previous_until > now else ""
        return [self.secret, old] if old else [self.secret]


class DeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Questions one asks of deliveries."""

    def due(self, now: datetime) -> Self:
        """Deliveries to send now, longest due first; among them those whose process died over them."""
        mine = self.filter(state__in=WebhookDelivery.UNFINISHED, next_attempt_at__lte=now)
        return mine.filter(webhook__owner__is_active=True).order_by("next_attempt_at", "pk")


class WebhookDelivery(models.Model):
    """One event on its way to one webhook, and how that went."""

    class State(models.TextChoices):
        """Where it is on its road."""

        WAITING = "waiting"
        SENDING = "sending"
        DELIVERED = "delivered"
        FAILED = "failed"

    UNFINISHED = (State.WAITING, State.SENDING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No constraint: deleting a webhook must not fail the job that notes something for it at the same moment.
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False)
    event = models.CharField(max_length=40)
    job = models.ForeignKey("generation.Job", null=True, on_delete=models.CASCADE, related_name="+")
    index = models.PositiveIntegerField(null=True, help_text="The image, where the event is about one.")
    sequence = models.BigIntegerField(default=0)
    # Made by the first attempt, and the same in every later one.
    body = models.TextField(blank=True, editable=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    # The fence: every write of a process names the attempt it holds.
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now, help_text="While sending: when its lease runs out.")
    last_attempt_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        indexes = [
            # what is to be sent next
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state__in=["waiting", "sending"]),
                name="delivery_due",
            ),
            # the log of one webhook, newest first
            models.Index(fields=["webhook", "-created_at", "-id"], name="delivery_of_webhook"),
            # admin and retention: by age
            models.Index(fields=["-created_at"], name="delivery_newest"),
        ]

    def __str__(self) -> str:
        """Event and id."""
        return f"{self.event} {str(self.id)[:8]}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing happens to it by itself any more."""
        return self.state not in self.UNFINISHED
