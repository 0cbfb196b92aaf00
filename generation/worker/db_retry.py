"""What a worker does when the database is away for a while: wait, and not blame the job."""

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
    """Do `work`, which must bear being done twice, again and again while the database is away; return its result.

    Nobody can take the job away meanwhile, because that would need the database too. After PATIENCE_SECONDS the lease
    is left to run out: the job then goes back into the queue, and that counts as a worker lost.

    Raises:
        LeaseLost: another attempt holds the job by now, or patience ended.
    """
    began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
    while True:
        try:
            return work()
        except CONNECTION_ERRORS as error:
            connection.close()  # the next try gets a new one
            if time.monotonic() - began > GIVE_UP_SECONDS:
                logger.error("job %s: the database stayed away, its lease is left to run out", lease.pk)
                lease.ask_to_stop(Stop.LOST)
            if lease.stop is Stop.LOST:
                raise LeaseLost from error
            logger.warning("job %s: the database is away, trying again in %.1f s: %s", lease.pk, pause, error)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
