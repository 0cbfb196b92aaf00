"""Whether the queue gives and takes work."""

from generation.models import QueueState


def state() -> QueueState:
    """Return the state of the queue; open where nobody ever changed it."""
    return QueueState.objects.filter(pk=1).first() or QueueState(pk=1)
