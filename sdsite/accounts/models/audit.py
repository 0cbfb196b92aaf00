"""Audit log: who did what, and when."""

from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """An entry of the audit log, written by `sdsite.accounts.audit.record` and never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        """Newest first."""

        ordering = ["-at"]
        verbose_name = "audit event"
        verbose_name_plural = "audit log"

    def __str__(self) -> str:
        """Return action and target."""
        return f"{self.action} {self.target}"
