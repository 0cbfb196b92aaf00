"""Reading whether the queue is paused or closed, or the site in maintenance, and refusing what is new meanwhile."""

import math

from django.utils import timezone

from generation.errors import JobRefused
from generation.models import QueueState
from sdsite.accounts.models import User

CLOSED = "The queue takes no new jobs at the moment; queued jobs still run."
CLOSED_RETRY_SECONDS = 60
MAINTENANCE = "The site is in maintenance: it takes no new jobs and files for now. What is there can be seen as always."
MAINTENANCE_RETRY_SECONDS = 300  # where nobody has said when it ends
LONGEST_RETRY_SECONDS = 86_400
PERMISSION = "generation.change_queuestate"


def current_state() -> QueueState:
    """Return the state of the queue; open if it was never changed."""
    return QueueState.objects.filter(pk=1).first() or QueueState(pk=1)


def refuse_while_closed(user: User) -> None:
    """Refuse new jobs while the queue is closed; in maintenance not those of people who may end it, to try the site.

    Raises:
        JobRefused: `queue_closed` or `maintenance` (503).
    """
    state = current_state()
    if state.maintenance:
        _refuse_in_maintenance(state, user)
    elif state.closed:
        raise JobRefused("queue_closed", state.message or CLOSED, status=503, retry_after=CLOSED_RETRY_SECONDS)


def refuse_in_maintenance(user: User) -> None:
    """Refuse new files in maintenance, but not those of people who may end it.

    Raises:
        JobRefused: `maintenance` (503).
    """
    _refuse_in_maintenance(current_state(), user)


def _refuse_in_maintenance(state: QueueState, user: User) -> None:
    if not state.maintenance or user.has_perm(PERMISSION):
        return
    seconds = MAINTENANCE_RETRY_SECONDS
    if state.until is not None and state.until > timezone.now():
        seconds = min(math.ceil((state.until - timezone.now()).total_seconds()), LONGEST_RETRY_SECONDS)
    raise JobRefused("maintenance", state.message or MAINTENANCE, status=503, retry_after=max(1, seconds))
