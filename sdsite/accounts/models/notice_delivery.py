"""Rows of the ways by which notices leave the site: devices that take push messages, and what is to be sent."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils import timezone


class PushDeviceQuerySet(models.QuerySet["PushDevice"]):
    """Selections of devices."""

    def visible_to(self, user: Any) -> Self:
        """Devices that `user` may list and remove: their own."""
        return self.filter(person=user.pk)


class PushDevice(models.Model):
    """A browser that takes push messages for a person: address and keys of its subscription (RFC 8030, 8291)."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="push_devices")
    endpoint = models.TextField()
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the endpoint, which is too long for an index
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    name = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    objects = PushDeviceQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        """Return its name, never the endpoint, which is a secret."""
        return self.name or f"device {self.pk}"


class NoticeDeliveryQuerySet(models.QuerySet["NoticeDelivery"]):
    """Selections of deliveries."""

    def due(self, at: datetime | None = None) -> Self:
        """Deliveries to be attempted, the longest due first."""
        return self.filter(next_attempt_at__lte=at or timezone.now()).order_by("next_attempt_at", "pk")


class NoticeDelivery(models.Model):
    """A notice on its way by e-mail, or to one device; deleted once it was sent, or not wanted any more."""

    notice = models.ForeignKey("accounts.Notice", on_delete=models.CASCADE, related_name="deliveries")
    # Also in the notice; here, so that one query finds all mails of a person.
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=10)
    device = models.ForeignKey(PushDevice, null=True, on_delete=models.CASCADE, related_name="deliveries")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = NoticeDeliveryQuerySet.as_manager()

    class Meta:
        """The longest due first."""

        ordering = ["next_attempt_at", "pk"]
        verbose_name_plural = "notice deliveries"

    def __str__(self) -> str:
        """Way and notice."""
        return f"{self.way} of notice {self.notice_id}"
