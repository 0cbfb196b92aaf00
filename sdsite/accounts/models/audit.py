"""What was done, by whom: the trail that administrators read."""

from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """One deed that somebody may have to answer for. Written by `sdsite.accounts.audit.record`, never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        """Newest first."""

        ordering = ["-at"]
        verbose_name = "audit event"

    def __str__(self) -> str:
        """Action and target."""
        return f"{self.action} {self.target}"
