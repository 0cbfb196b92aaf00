"""Retries while the database is unreachable, so that an outage does not fail a job."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from generation.worker.lease import Lease, LeaseLost, Stop

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
GIVE_UP_SECONDS = 120.0

CONNECTION_ERRORS = (OperationalError, InterfaceError)  # connection cut, server restarting, database locked

Result = TypeVar("Result")


def retry_while_database_down(work: Callable[[], Result], lease: Lease) -> Result:
    """Call `work`, which must be safe to repeat, until the database can be reached; return its result.

    No other worker can claim the job meanwhile, because that needs the database too. After GIVE_UP_SECONDS the lease is
    left to expire: the job then goes back into the queue, which counts as a lost worker.

    Raises:
        LeaseLost: another attempt holds the job by now, or GIVE_UP_SECONDS are over.
    """
    began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
    while True:
        try:
            return work()
        except CONNECTION_ERRORS as error:
            connection.close()  # the next try gets a new one
            if time.monotonic() - began > GIVE_UP_SECONDS:
                logger.error("job %s: the database stayed unreachable, the lease is left to expire", lease.pk)
                lease.ask_to_stop(Stop.LOST)
            if lease.stop is Stop.LOST:
                raise LeaseLost from error
            logger.warning("job %s: the database is unreachable, trying again in %.1f s: %s", lease.pk, pause, error)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
