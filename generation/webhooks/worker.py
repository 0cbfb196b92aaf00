"""The process that sends: an RQ worker for the queue of webhooks, and a thread that rings for what is due.

Light: it never imports torch. It ends by itself when nothing was due for a while and nobody has a webhook switched on.
"""

import logging
import os
import signal
import threading
import time
from types import FrameType

import django_rq
from django.db import Error, close_old_connections, connection
from redis import RedisError
from rq.worker import SimpleWorker, WorkerStatus

from generation.webhooks import delivery, retention, tickets
from generation.webhooks.catalog import BACKOFF
from generation.webhooks.delivery import deliver_due

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SWEEP_SECONDS = 3600.0
STAY = BACKOFF[1]  # it waits for the first two tries again; for later ones it is started anew
IDLE_SECONDS = 30.0

_ending = threading.Event()


def is_ending() -> bool:
    """Tell whether this process is asked to end."""
    return _ending.is_set()


class WebhookWorker(SimpleWorker):
    """A SimpleWorker that lets what is under way end at the first signal."""

    max_connection_wait_time = 2.0

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Begin nothing more."""
        _ending.set()
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            super().request_stop(signum, frame)


class DueWatcher(threading.Thread):
    """Rings whenever something is due, sweeps now and then, and ends the process when nobody needs it."""

    def __init__(self, *, stay: bool) -> None:
        """`stay`: never end the process."""
        super().__init__(name="webhook-watch", daemon=True)
        self._stay = stay

    def run(self) -> None:
        """Look every LOOK_SECONDS until the process ends."""
        needed_at = time.monotonic()
        swept_at = -SWEEP_SECONDS
        while not _ending.wait(LOOK_SECONDS):
            try:
                close_old_connections()
                if delivery.is_due():
                    tickets.ring()
                if self._stay or delivery.is_wanted() or delivery.is_due(STAY):
                    needed_at = time.monotonic()
                if time.monotonic() - swept_at > SWEEP_SECONDS:
                    swept_at = time.monotonic()
                    retention.sweep()
            except (Error, RedisError, OSError) as error:
                logger.warning("webhooks wait for the next look: %s", error)
                connection.close()
            except Exception:  # whatever it was, nobody would ring if this thread ended
                logger.exception("webhooks wait for the next look")
                connection.close()
            if time.monotonic() - needed_at > IDLE_SECONDS:
                os.kill(os.getpid(), signal.SIGTERM)
                return


def run(*, stay: bool) -> None:
    """Send what is due until asked to end; without `stay` also until nobody needs it."""
    _ending.clear()
    queue = django_rq.get_queue(tickets.QUEUE)  # with a connection of its own: RQ changes how long it waits
    worker = WebhookWorker([queue], connection=queue.connection)
    DueWatcher(stay=stay).start()
    worker.work(logging_level="WARNING")


def deliver_ticket() -> None:
    """Do what an RQ ticket asks for."""
    deliver_due(ending=is_ending)
