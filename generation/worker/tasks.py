"""RQ task of the GPU workers."""

from django.db import close_old_connections

from generation.jobs.claim import claim
from generation.worker.runner import run
from generation.worker.session import current_session


def work_ticket() -> None:
    """Claim and run jobs until none is queued or the worker is asked to stop."""
    session = current_session()
    while not session.draining:
        close_old_connections()
        job = claim(worker=session.name, lanes=session.lanes, loaded=session.loaded)
        if job is not None:
            run(job, session)
            session.wait_for_capacity()
        elif not session.wait_for_storing():  # a job that ended may let its owner's next one start
            return
