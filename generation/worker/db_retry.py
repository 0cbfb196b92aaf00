"""Retries while the database is unreachable or the disk is full, so that neither fails a job."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from generation.worker.lease import Lease, LeaseLost, Stop
from sdsite.core.disk_space import is_disk_full

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
GIVE_UP_SECONDS = 120.0

CONNECTION_ERRORS = (OperationalError, InterfaceError)  # connection cut, server restarting, database locked

Result = TypeVar("Result")


def retry_while_database_down(work: Callable[[], Result], lease: Lease) -> Result:
    """Call `work`, which must be safe to repeat, until database and disk let it through; return its result.

    A full disk is waited for as long as it takes: files until the job is to stop, the database in any case. Of an
    unreachable database no other worker can claim the job, because that needs the database too. After GIVE_UP_SECONDS
    the lease is left to expire: the job then goes back into the queue, which counts as a lost worker.

    Raises:
        LeaseLost: another attempt holds the job by now, or GIVE_UP_SECONDS are over; or files could not be written, and
            the job is to stop.
    """
    began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
    while True:
        try:
            return work()
        except (*CONNECTION_ERRORS, OSError) as error:
            full = is_disk_full(error)
            if isinstance(error, CONNECTION_ERRORS):
                connection.close()  # the next try gets a new one
            elif not full:
                raise
            if full:
                began = time.monotonic()
            elif time.monotonic() - began > GIVE_UP_SECONDS:
                logger.error("job %s: the database stayed unreachable, the lease is left to expire", lease.pk)
                lease.ask_to_stop(Stop.LOST)
            if lease.stop is Stop.LOST or (lease.stop is not None and isinstance(error, OSError)):
                raise LeaseLost from error
            reason = "the disk is full" if full else "the database is unreachable"
            logger.warning("job %s: %s, trying again in %.1f s: %s", lease.pk, reason, pause, error)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
