"""What an RQ ticket calls."""

from django.db import close_old_connections

from generation.jobs.claim import claim
from generation.worker.runner import run
from generation.worker.station import station


def work_ticket() -> None:
    """Claim and run jobs until none waits or the worker is asked to go."""
    here = station()
    while not here.draining:
        close_old_connections()
        job = claim(worker=here.name, lanes=here.lanes)
        if job is None:
            return
        run(job, here)
