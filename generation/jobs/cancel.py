"""Cancel queued and running jobs, all jobs of a user, or one image of a job."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs import notifications
from generation.jobs.lifecycle import move
from generation.models import Job
from generation.queue import tickets
from sdsite.accounts import audit
from sdsite.accounts.models import User


def cancel_job(*, job: Job, actor: User) -> Job:
    """Cancel a queued job at once, or ask a running one to stop at its next step; a finished one stays as it is."""
    with transaction.atomic():
        if _stop(job) and actor.pk != job.owner_id:
            audit.record(actor=actor, action="job.cancelled", target=job.pk)
    job.refresh_from_db()
    return job


def cancel_all(*, owner: User) -> int:
    """Cancel every unfinished job of `owner`, all or none; return how many were cancelled or asked to stop."""
    with transaction.atomic():
        # In a fixed order, so that two such calls at once wait for each other and never deadlock.
        return sum(_stop(job) for job in Job.objects.unfinished().filter(owner=owner).order_by("pk"))


def drop_image(*, job: Job, index: int, actor: User) -> Job:
    """Drop image `index` (0 to count - 1) of a queued or running job; the other images are generated.

    A running job leaves the image out from its next step on. A job without images left is cancelled, or succeeds with
    those that it has stored. Dropping an index again changes nothing.

    Raises:
        JobRefused: `not_found` (404, the job has no such index), `image_stored` (409, the image is finished),
            `job_finished` (409, the job has ended).
    """
    if not 0 <= index < job.count:
        raise JobRefused("not_found", f"This job has the images 0 to {job.count - 1}; got {index}.", status=404)
    with transaction.atomic():
        # The lock makes reading and writing atomic; SQLite's transactions are exclusive anyway. Workers store an image
        # under the same lock, so it is either stored or dropped.
        row = Job.objects.select_for_update().get(pk=job.pk)
        stored = set(Image.objects.filter(job_id=job.pk).values_list("index", flat=True))
        if index in stored:
            raise JobRefused("image_stored", f"Image {index} is finished; delete it if you do not want it.", status=409)
        if row.is_finished:
            raise JobRefused("job_finished", f"The job has ended; it is {row.status}.", status=409)
        if index not in row.dropped:
            _drop(row, index, stored)
            if actor.pk != row.owner_id:
                audit.record(actor=actor, action="job.image_dropped", target=job.pk, index=index)
    job.refresh_from_db()
    return job


def _stop(job: Job) -> bool:
    now = timezone.now()
    if move(job.pk, Job.Status.CANCELLED, sources=(Job.Status.QUEUED,), cancel_requested_at=now):
        return True
    running = Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, cancel_requested_at=None)
    requested = bool(running.update(cancel_requested_at=now))
    if requested:
        transaction.on_commit(lambda: tickets.publish_cancel(job.pk), robust=True)
    return requested


def _drop(row: Job, index: int, stored: set[int]) -> None:
    """Add the index to the locked row, and notify the worker or the owner."""
    left = row.count - len({*row.dropped, *stored})
    Job.objects.filter(pk=row.pk).update(dropped=sorted([*row.dropped, index]))
    if left == 1 and not stored:
        _stop(row)
    elif row.status == Job.Status.QUEUED:
        # Dropped images cost nothing. A running job was charged already; the charge is corrected at its end.
        fewer = F("predicted_seconds") * (left - 1) / left
        Job.objects.filter(pk=row.pk).update(predicted_seconds=fewer, sequence=F("sequence") + 1)
        transaction.on_commit(lambda: notifications.job_moved(row.pk), robust=True)
    else:
        transaction.on_commit(lambda: tickets.publish_cancel(row.pk), robust=True)
