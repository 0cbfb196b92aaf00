"""Writing to the audit log."""

from typing import Any

from sdsite.accounts.models import AuditEvent, User


def record(*, actor: User | None, action: str, target: object = "", **detail: Any) -> AuditEvent:
    """Record that `actor` (None: the site itself) did `action` to `target`; `detail` must hold no secrets."""
    return AuditEvent.objects.create(actor=actor, action=action, target=str(target)[:200], detail=detail)
