"""What an RQ ticket calls."""

from django.db import close_old_connections

from generation.jobs.claim import claim
from generation.worker.runner import run
from generation.worker.session import current_session


def work_ticket() -> None:
    """Claim and run jobs until none waits or the worker is asked to go."""
    here = current_session()
    while not here.draining:
        close_old_connections()
        job = claim(worker=here.name, lanes=here.lanes, loaded=here.loaded)
        if job is not None:
            run(job, here)
            here.wait_for_room()
        elif not here.wait_for_storing():  # what is stored by now may have made room for another job of its owner
            return
