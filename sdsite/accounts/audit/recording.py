"""Writing to the audit log."""

from typing import Any

from sdsite.accounts.audit.origin import get_origin
from sdsite.accounts.models import AuditEvent, User


def record(
    *, actor: User | None, action: str, target: object = "", before: Any = None, after: Any = None, **detail: Any
) -> AuditEvent:
    """Record that `actor` (None: the site itself) did `action` to `target`; call it in the transaction of the deed.

    Address, key and door are those of the request at work. Nothing of it may be a secret: events cannot be changed
    or deleted.

    Args:
        actor: Who did it.
        action: What was done, such as "api_key.revoked".
        target: To what; its text is kept, cut to 200 characters.
        before: Values before the change, as JSON.
        after: The same values after it.
        **detail: What else is worth knowing, as JSON.
    """
    origin = get_origin()
    return AuditEvent.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor is not None else None,
        action=action,
        target=str(target)[:200],
        address=origin.address,
        key_lookup=origin.key.lookup if origin.key else None,
        key_name=origin.key.name if origin.key else None,
        door=origin.door_name or None,
        before=before,
        after=after,
        detail=detail,
    )
