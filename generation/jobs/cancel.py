"""Stop a job that waits or runs."""

from django.db import transaction
from django.utils import timezone

from generation.jobs import queue
from generation.jobs.lifecycle import move
from generation.models import Job
from sdsite.accounts import audit
from sdsite.accounts.models import User


def cancel_job(*, job: Job, actor: User) -> Job:
    """End a waiting job at once, ask a running one to stop at its next step; a finished one stays as it is."""
    with transaction.atomic():
        now = timezone.now()
        stopped = move(job.pk, Job.Status.CANCELLED, sources=(Job.Status.QUEUED,), cancel_requested_at=now)
        running = Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, cancel_requested_at=None)
        asked = not stopped and running.update(cancel_requested_at=now)
        if asked:
            transaction.on_commit(lambda: queue.ring_cancel(job.pk), robust=True)
        if (stopped or asked) and actor.pk != job.owner_id:
            audit.record(actor=actor, action="job.cancelled", target=job.pk)
    job.refresh_from_db()
    return job
