"""Webhooks, which are addresses of users' programs that get the events of their jobs, and their deliveries.

    WAITING --> SENDING --> DELIVERED
       ^          |  |
       |          |  +----> FAILED      (every attempt failed, or the webhook was switched off)
       +----------+                     (an attempt failed, or its process died and the lease ran out)

DELIVERED and FAILED go back to WAITING by a redelivery.
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
    """Queries on webhooks."""

    def visible_to(self, user: "User") -> Self:
        """Return the webhooks that `user` may see and change: their own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def of_account(self) -> Self:
        """Return the webhooks for all jobs of their owner, newest first."""
        return self.filter(job=None).order_by("-created_at")

    def subscribed_to(self, job_id: uuid.UUID, owner_id: int) -> Self:
        """Return the enabled webhooks of a job and of its owner; none if the owner is suspended."""
        mine = self.filter(owner_id=owner_id, owner__is_active=True, enabled=True)
        return mine.filter(Q(job=None) | Q(job_id=job_id))


class Webhook(models.Model):
    """One address and the events it gets: of all jobs of its owner, or of `job` alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="webhooks")
    job = models.ForeignKey(
        "generation.Job", null=True, blank=True, on_delete=models.CASCADE, related_name="webhooks", editable=False
    )
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    url = models.CharField("URL", max_length=LONGEST_URL)
    events = models.JSONField(default=list, help_text="Names of the events that it gets.")
    # Not hashed, because it signs every delivery. Shown once, when it is made.
    secret = models.CharField(max_length=200, default=make_secret, editable=False)
    previous_secret = models.CharField(max_length=200, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    enabled = models.BooleanField("switched on", default=True)
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="Failed attempts since the last success."
    )
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
            # every move of a job: the webhooks subscribed to it
            models.Index(fields=["owner", "job"], condition=Q(enabled=True), name="webhook_hearing"),
            # whether any webhook of an account is on
            models.Index(fields=["id"], condition=Q(enabled=True, job=None), name="webhook_listening"),
        ]

    def __str__(self) -> str:
        """Name and host; the rest of the address may contain a secret."""
        return f"{self.name} ({self.host})" if self.name else self.host

    @property
    def host(self) -> str:
        """Host of the address."""
        return urlsplit(self.url).hostname or ""

    def secrets_at(self, now: datetime) -> list[str]:
        """Return the secrets that sign deliveries: the present one, and until `previous_until` the previous one."""
        old = self.previous_secret if self.previous_until is not None and self.previous_until > now else ""
        return [self.secret, old] if old else [self.secret]


class DeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Queries on deliveries."""

    def due(self, now: datetime) -> Self:
        """Return the deliveries to send now, longest due first; those with an expired lease are among them."""
        mine = self.filter(state__in=WebhookDelivery.UNFINISHED, next_attempt_at__lte=now)
        return mine.filter(webhook__owner__is_active=True).order_by("next_attempt_at", "pk")


class WebhookDelivery(models.Model):
    """One event for one webhook, and the state of its delivery."""

    class State(models.TextChoices):
        """State of a delivery."""

        WAITING = "waiting"
        SENDING = "sending"
        DELIVERED = "delivered"
        FAILED = "failed"

    UNFINISHED = (State.WAITING, State.SENDING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No constraint: deleting a webhook must not fail a job that stores a delivery for it at the same moment.
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False)
    event = models.CharField(max_length=40)
    job = models.ForeignKey("generation.Job", null=True, on_delete=models.CASCADE, related_name="+")
    index = models.PositiveIntegerField(null=True, help_text="Index of the image, for events about one.")
    sequence = models.BigIntegerField(default=0)
    # Made by the first attempt; later attempts send the same.
    body = models.TextField(blank=True, editable=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    # Fencing token: every write of a process names the attempt it holds.
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now, help_text="While sending: when the lease ends.")
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
            # deliveries to send next
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
        """Whether its state is final, unless it is redelivered."""
        return self.state not in self.UNFINISHED
