"""Accept a wish: check it, store it as a job, ring for a worker."""

from django.db import IntegrityError, transaction

from generation.jobs import companions, estimate, fairness, queue
from generation.jobs.errors import JobRefused
from generation.models import Checkpoint, Job
from generation.parameters.schema import FieldRefused, GenerationParameters, resolve
from generation.realtime import announce
from sdsite.accounts.models import User


def submit_job(
    *,
    owner: User,
    parameters: GenerationParameters,
    source: str,
    idempotency_key: str | None = None,
    lane: str = Job.Lane.INTERACTIVE,
) -> Job:
    """Store `parameters` as a queued job of `owner` and ring for a worker once that is committed.

    The same `idempotency_key` of the same owner returns the job that it made before.

    Raises:
        JobRefused: `checkpoint_missing` (unknown or disabled checkpoint), `invalid_parameters` (the checkpoint
            does not allow a value), `idempotency_conflict` (the key came with another wish before).
    """
    checkpoint = _find_checkpoint(parameters.checkpoint)
    if idempotency_key:
        earlier = Job.objects.filter(owner=owner, idempotency_key=idempotency_key).first()
        if earlier:
            return _same_wish(earlier, parameters, checkpoint)
    try:
        resolved = resolve(parameters, checkpoint.defaults())
    except FieldRefused as refused:
        raise JobRefused("invalid_parameters", str(refused), fields={refused.field: str(refused)}) from refused
    try:
        with transaction.atomic():
            fairness.admit(owner.pk)
            job = Job.objects.create(
                owner=owner,
                source=source,
                lane=lane,
                parameters=resolved.model_dump(mode="json"),
                prompt=resolved.prompt,
                checkpoint=checkpoint,
                count=resolved.count,
                batch_key=companions.batch_key(resolved),
                idempotency_key=idempotency_key or None,
                predicted_seconds=estimate.predict_seconds(resolved, checkpoint),
            )
            # robust: the job is accepted by now, whatever becomes of the news
            transaction.on_commit(lambda: announce.job_moved(job.pk), robust=True)
            transaction.on_commit(lambda: queue.wake(job.lane), robust=True)
    except IntegrityError:
        if not idempotency_key:
            raise
        # The same request came twice at once; the other one won.
        return _same_wish(Job.objects.get(owner=owner, idempotency_key=idempotency_key), parameters, checkpoint)
    return job


def _find_checkpoint(slug: str | None) -> Checkpoint:
    if slug is None:
        checkpoint = Checkpoint.objects.default()
        if checkpoint is None:
            message = "The site offers no checkpoint yet; an administrator can add one."
            raise JobRefused("checkpoint_missing", message, fields={"checkpoint": message})
        return checkpoint
    checkpoint = Checkpoint.objects.enabled().filter(slug=slug).first()
    if checkpoint is None:
        known = ", ".join(Checkpoint.objects.enabled().values_list("slug", flat=True)[:20])
        message = f"checkpoint must be one of {known}; got {slug!r:.80}"
        raise JobRefused("checkpoint_missing", message, fields={"checkpoint": message})
    return checkpoint


def _same_wish(earlier: Job, parameters: GenerationParameters, checkpoint: Checkpoint) -> Job:
    """Return `earlier` if it was made from this wish, apart from what the site chose itself."""
    seeded = parameters.model_copy(update={"seed": earlier.parameters["seed"]})
    wished = seeded if parameters.seed in (None, -1) else parameters
    try:
        same = resolve(wished, checkpoint.defaults()).model_dump(mode="json") == earlier.parameters
    except FieldRefused:
        same = False
    if not same:
        message = "This Idempotency-Key was used for another request."
        raise JobRefused("idempotency_conflict", message, status=409)
    return earlier
