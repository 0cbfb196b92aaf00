"""Audit log: who did what, on what, from where, and when."""

from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """An entry of the audit log, written by `sdsite.accounts.audit.record`; triggers of the database keep it unchanged.

    Empty columns are NULL, because adding such columns to a million rows costs nothing. The names of actor and key
    are kept as text, so that they outlive their rows.
    """

    KEEP_DAYS_AT_LEAST = 90  # younger events cannot be deleted, by nobody: the trigger knows this number

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150, null=True, blank=True)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, null=True, blank=True, help_text="Address of the client.")
    key_lookup = models.CharField("key", max_length=8, null=True, blank=True, help_text="Look-up part of the API key.")
    key_name = models.CharField(max_length=100, null=True, blank=True)
    door = models.CharField(max_length=60, null=True, blank=True, help_text="Page, API, socket, worker or command.")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        """Newest first; each index serves one filter of the log, by time."""

        ordering = ["-at"]
        verbose_name = "audit event"
        verbose_name_plural = "audit log"
        indexes = [
            models.Index(fields=["actor_name", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-at", "-id"], name="audit_by_action"),
            models.Index(fields=["target", "-at", "-id"], name="audit_by_target"),
            models.Index(fields=["address", "-at", "-id"], name="audit_by_address"),
            models.Index(fields=["key_lookup", "-at", "-id"], name="audit_by_key"),
        ]

    def __str__(self) -> str:
        """Return action and target."""
        return f"{self.action} {self.target}"
