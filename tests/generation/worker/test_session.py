"""SIGTERM lets a worker finish its batch; a second one gives all jobs back."""

import signal

import pytest

from generation.models import Job
from tests.support.simulated_devices import make_batches_pay
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(job):
    return Job.objects.get(pk=job.pk)


def drawing(jobs):
    return all(fresh(job).step > 2 for job in jobs)


def test_sigterm_finishes_the_batch_and_a_second_gives_all_back(live_site, starter, submit):
    make_batches_pay(starter)
    jobs = submit(*({"steps": 60} for _ in range(3)))
    wait_for(lambda: drawing(jobs), what="the first steps")
    worker = live_site.processes["worker"]
    for _ in range(2):  # a terminal and a supervisor may both send it: within a second, two count as one
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert [fresh(job).status for job in jobs] == ["succeeded"] * 3
    live_site.start()
    jobs = submit(*({"steps": 60} for _ in range(3)))
    wait_for(lambda: drawing(jobs), what="the first steps")
    worker = live_site.processes["worker"]

    def handed_back():
        if all(fresh(job).status == "queued" for job in jobs):
            return True
        worker.send_signal(signal.SIGTERM)  # counts once the first is a second old
        return False

    wait_for(handed_back, seconds=20, what="the jobs to be handed back")
    assert worker.wait(20) == 0
    assert [(fresh(job).status, fresh(job).losses) for job in jobs] == [("queued", 0)] * 3
    Job.objects.queued().update(status="cancelled")
    live_site.start()
