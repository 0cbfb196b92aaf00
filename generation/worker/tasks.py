"""RQ task of the GPU workers."""

import logging

from django.db import close_old_connections, connection

from generation.jobs.claim import claim
from generation.worker.control import orders
from generation.worker.db_retry import CONNECTION_ERRORS
from generation.worker.runner import run
from generation.worker.session import current_session

logger = logging.getLogger(__name__)


def work_ticket() -> None:
    """Claim and run jobs until none is queued, or the worker is asked to stop or to take no more."""
    session = current_session()
    while not session.claims_nothing:
        close_old_connections()
        try:
            job = claim(worker=session.name, lanes=session.lanes, loaded=session.loaded)
        except CONNECTION_ERRORS as error:  # unreachable, or its disk is full; the reaper rings again
            logger.warning("no job is claimed for now: %s", error)
            connection.close()
            return
        if job is not None:
            run(job, session)
            orders.unload_if_ordered(session)
            session.wait_for_capacity()
        elif not session.wait_for_storing():  # a job that ended may let its owner's next one start
            return
