"""Pause, resume, close and open the queue."""

from functools import partial

from django.conf import settings
from django.db import transaction

from generation.jobs import notifications
from generation.models import QueueState
from generation.queue import tickets
from sdsite.accounts import audit
from sdsite.accounts.models import User

MESSAGE_CHARACTERS = QueueState._meta.get_field("message").max_length or 200


def set_state(
    *, actor: User, paused: bool | None = None, closed: bool | None = None, message: str | None = None
) -> QueueState:
    """Pause, resume, close or open the queue, and set its message; None leaves a setting as it is.

    Args:
        actor: The administrator; recorded in the audit log.
        paused: No job starts; running ones end, new ones wait.
        closed: New jobs are refused; queued ones still run.
        message: Shown to users while the queue is paused or closed; cut at MESSAGE_CHARACTERS.

    Resuming wakes workers, and every user with unfinished jobs gets an event.
    """
    wanted = {"paused": paused, "closed": closed, "message": message and message.strip()[:MESSAGE_CHARACTERS]}
    changes = {name: value for name, value in wanted.items() if value is not None}
    with transaction.atomic():
        row, _ = QueueState.objects.select_for_update().get_or_create(pk=1)
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if not changed:
            return row
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        audit.record(actor=actor, action="queue.changed", target=row, **changed)
        if changed.get("paused") is False:
            for lane in settings.LANES:
                transaction.on_commit(partial(tickets.wake, lane), robust=True)
        transaction.on_commit(notifications.queue_changed, robust=True)
    return row
