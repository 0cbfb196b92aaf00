"""`manage.py reap_jobs` gives back the job of a silent worker."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from generation.jobs.claim import claim
from generation.models import Job
from tests.support.factories import make_job


def test_the_job_of_a_silent_worker_is_requeued(alice, checkpoint, capsys):
    job = make_job(alice, checkpoint)
    claim(worker="silent", lanes=["interactive"])
    call_command("reap_jobs")
    assert Job.objects.get(pk=job.pk).status == Job.Status.RUNNING
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    call_command("reap_jobs")
    job.refresh_from_db()
    assert (job.status, job.attempt) == (Job.Status.QUEUED, 2)
    assert capsys.readouterr().out.splitlines() == ["0 jobs requeued.", "1 jobs requeued."]


def test_a_loop_without_a_pause_is_refused():
    with pytest.raises(CommandError, match="more than 0 seconds"):
        call_command("reap_jobs", loop=0)
