"""Tell people what became of their jobs."""

import uuid

from generation.models import Job
from generation.realtime.events import OF_STATUS, QueueMoved
from generation.realtime.publish import publish

TOLD_AT_MOST = 50  # waiting jobs that hear about every move of the queue; those further back see it when they come near


def job_moved(job_id: uuid.UUID) -> None:
    """Publish the state of a job that just moved, and the new places of those that wait behind it."""
    from generation.representations import represent_job  # it needs the estimates, which need the models

    job = Job.objects.select_related("checkpoint").filter(pk=job_id).first()
    if job is None:
        return
    representation = represent_job(job).model_dump(mode="json")
    publish(job.owner_id, OF_STATUS[job.status](str(job.pk), job.sequence, representation))
    if job.status != Job.Status.QUEUED:
        queue_moved(job.lane)


def queue_moved(lane: str) -> None:
    """Publish position and ETA of the jobs that wait in `lane`."""
    from generation.jobs import estimate

    places = estimate.places(lane, TOLD_AT_MOST)
    waiting = Job.objects.filter(pk__in=places).values_list("pk", "owner_id", "sequence") if places else ()
    for pk, owner_id, sequence in waiting:
        place = places[pk]
        publish(owner_id, QueueMoved(str(pk), sequence, place.position, place.eta_seconds), hint=True)
