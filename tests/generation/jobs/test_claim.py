"""Claiming jobs is decided by rows alone, whatever Redis does."""

from generation.jobs.claim import claim
from generation.models import Job
from tests.support.factories import make_job

LANES = ("interactive", "batch")


def test_the_oldest_waiting_job_is_claimed_once(alice, charlie, checkpoint):
    jobs = [make_job(owner, checkpoint) for owner in (alice, charlie)]
    claimed = [claim(worker="w", lanes=LANES) for _ in range(3)]
    assert [job and job.pk for job in claimed] == [jobs[0].pk, jobs[1].pk, None]
    assert claimed[0].worker == "w"
    assert claimed[0].heartbeat_at is not None


def test_interactive_goes_before_batch(alice, checkpoint):
    slow, quick = make_job(alice, checkpoint), make_job(alice, checkpoint)
    Job.objects.filter(pk=slow.pk).update(lane="batch")
    assert claim(worker="w", lanes=LANES) == quick
    assert claim(worker="w", lanes=("batch",)) == slow
