"""Pause, resume, close and open the queue, and close it for maintenance."""

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from generation.jobs import notifications
from generation.models import QueueState
from generation.queue import tickets
from sdsite.accounts import audit
from sdsite.accounts.models import User

MESSAGE_CHARACTERS = QueueState._meta.get_field("message").max_length or 200


def set_state(
    *,
    actor: User | None,
    paused: bool | None = None,
    closed: bool | None = None,
    maintenance: bool | None = None,
    message: str | None = None,
    until: datetime | None = None,
) -> QueueState:
    """Pause, resume, close or open the queue, and set its message; None leaves a setting as it is.

    Args:
        actor: The administrator, or None for a command; recorded in the audit log.
        paused: No job starts; running ones end, new ones wait.
        closed: New jobs are refused; queued ones still run.
        maintenance: Closes the queue, and refuses uploads and imports too. Its end opens the queue, and opening the
            queue ends it.
        message: Shown to users while the queue is paused or closed; cut at MESSAGE_CHARACTERS.
        until: When `maintenance` is expected to end, None if nobody knows.

    Resuming wakes workers, and every user with unfinished jobs gets an event.
    """
    with transaction.atomic():
        row, before, after = store_state(
            paused=paused, closed=closed, maintenance=maintenance, message=message, until=until
        )
        if after:
            audit.record(actor=actor, action="queue.changed", target=row, before=before, after=after)
    return row


def store_state(
    *,
    paused: bool | None = None,
    closed: bool | None = None,
    maintenance: bool | None = None,
    message: str | None = None,
    until: datetime | None = None,
) -> tuple[QueueState, dict[str, Any], dict[str, Any]]:
    """Do what `set_state` does, and return the row and what changed, before and after; the caller records it."""
    if maintenance is not None:
        closed = maintenance or bool(closed)
    elif closed is False:
        maintenance = False
    wanted: dict[str, Any] = {"paused": paused, "closed": closed, "maintenance": maintenance}
    wanted["message"] = message and message.strip()[:MESSAGE_CHARACTERS]
    changes = {name: value for name, value in wanted.items() if value is not None}
    if maintenance is not None:
        changes["until"] = until if maintenance else None
    with transaction.atomic():
        row, _ = QueueState.objects.select_for_update().get_or_create(pk=1)
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if not changed:
            return row, {}, {}
        before = {name: _plain(getattr(row, name)) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        after = {name: _plain(value) for name, value in changed.items()}
        if changed.get("paused") is False:
            for lane in settings.LANES:
                transaction.on_commit(partial(tickets.wake, lane), robust=True)
        transaction.on_commit(notifications.queue_changed, robust=True)
        if row.maintenance or "maintenance" in changed:
            transaction.on_commit(notifications.site_changed, robust=True)
    return row, before, after


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
