"""How long the audit log is kept: old events are deleted a few at a time; the database refuses to lose younger ones."""

from datetime import datetime, timedelta

from django.utils import timezone

from sdsite.accounts import site_settings
from sdsite.accounts.models import AuditEvent

DELETED_TOGETHER = 5000  # in one round of maintenance, so that the write lock is held for a moment only


def keep_days() -> int:
    """Return the days after which an event is deleted, AuditEvent.KEEP_DAYS_AT_LEAST or more."""
    return max(site_settings.current().audit_days, AuditEvent.KEEP_DAYS_AT_LEAST)


def remove_old(now: datetime | None = None) -> int:
    """Delete the oldest events whose time is over, at most DELETED_TOGETHER, and return how many."""
    over = (now or timezone.now()) - timedelta(days=keep_days())
    old = AuditEvent.objects.filter(at__lt=over).order_by("at").values_list("pk", flat=True)
    removed, _ = AuditEvent.objects.filter(pk__in=list(old[:DELETED_TOGETHER])).delete()
    return removed
