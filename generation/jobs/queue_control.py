"""Whether the queue gives and takes work: an administrator's to say."""

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
    """Pause, resume, close or open the queue, and say why; what is None stays as it is.

    Args:
        actor: Who does it; the audit trail keeps it.
        paused: Nothing new starts; what runs, ends; new jobs wait.
        closed: New jobs are refused; what waits is still drawn.
        message: Shown to people while the queue is paused or closed; what is over MESSAGE_CHARACTERS is cut off.

    Resuming rings for workers, and everybody who waits is told.
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
