"""Submission: check requested parameters, store them as a job and wake a worker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from gallery.actions.uploads import store_upload
from gallery.rules import hits
from generation.errors import JobRefused
from generation.jobs import batch_companions, notifications
from generation.jobs.submission import idempotency
from generation.jobs.submission.input_images import Keep
from generation.jobs.submission.quota import check_budget, check_kept_steps
from generation.jobs.submission.resolve import resolve_request
from generation.limits import Limits, find_checkpoint, limits_for, refuse_unless_allowed
from generation.models import Checkpoint, Job
from generation.parameters.notes import notes
from generation.parameters.per_image import image_count
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.queue import costs, fairness, tickets
from generation.queue.state import refuse_while_closed
from generation.rules.prompts import judge_request
from generation.webhooks import actions, outbox
from generation.webhooks.job_webhook import JobWebhook
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User, lock_user
from sdsite.accounts.roles.backend import require
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.core import disk_space

SUSPENDED = "This account is suspended."
DISK_RETRY_SECONDS = 300


@dataclass(frozen=True)
class PreparedJob:
    """A request that may become a job: its resolved parameters and predicted accelerator seconds."""

    credentials: Credentials
    requested: GenerationParameters
    resolved: ResolvedParameters
    checkpoint: Checkpoint
    limits: Limits
    predicted: float


def submit_job(
    *,
    credentials: Credentials,
    parameters: GenerationParameters,
    source: str,
    idempotency_key: str | None = None,
    lane: str = Job.Lane.INTERACTIVE,
    webhook: JobWebhook | None = None,
    also: Callable[[Job], object] | None = None,
) -> Job:
    """Store `parameters` as a queued job of the user of `credentials`, and wake a worker once that is committed.

    The same `idempotency_key` (1 to 200 characters) of the same owner returns the job that it created in the last 24
    hours. `webhook` receives the events of this job, in addition to the webhooks of its owner. `also` is called with a
    new job in the transaction that stores it.

    Raises:
        JobRefused: `invalid_parameters` (the checkpoint does not allow a value), `idempotency_conflict` (409, the key
            was used for another request), `queue_closed` and `maintenance` (503), `disk_full` (507), `unauthorized`
            (401, the account is suspended), and what `limits.find_checkpoint`, `resolve.resolve_request`,
            `quota.check_kept_steps`, `quota.check_budget` and `rules.prompts.judge_request` refuse.
        DeedRefused: the roles of the owner do not let them submit jobs, or use webhooks.
    """
    owner = credentials.user
    digest = idempotency.compute_digest(parameters)
    if idempotency_key:
        earlier = idempotency.earlier_job(owner.pk, idempotency_key, digest)
        if earlier:
            return earlier
    if webhook is not None:
        require(owner, "generation.use_webhooks")
    prepared = prepare_job(parameters, credentials=credentials, source=source)
    judgement = judge_request(prepared.resolved, user_id=owner.pk, door=source)
    with transaction.atomic():
        lock_owner(owner.pk)
        # Again under the lock: another request may have come between.
        earlier = idempotency.earlier_job(owner.pk, idempotency_key, digest) if idempotency_key else None
        if earlier:
            return earlier
        job = store(prepared, source=source, lane=lane, idempotency_key=idempotency_key or None, wish_digest=digest)
        hits.record(judgement, user_id=owner.pk, door=source, job_id=job.pk)
        if webhook is not None:
            actions.create_for_job(job=job, url=webhook.url, events=webhook.events, secret=webhook.secret)
        if also is not None:
            also(job)
        outbox.note_move(job.pk)
        # robust: the job is accepted by now, even if its event or ticket fails
        transaction.on_commit(lambda: notifications.job_moved(job.pk), robust=True)
        transaction.on_commit(lambda: tickets.wake(job.lane), robust=True)
    return job


def prepare_job(
    requested: GenerationParameters, *, credentials: Credentials, source: str, keep: Keep = store_upload
) -> PreparedJob:
    """Return a request of the user of `credentials`, resolved and checked as far as no lock on the user is needed.

    `keep` creates uploads of input images. Raises as `submit_job`.
    """
    refuse_while_closed(credentials.user)
    refuse_while_disk_full()
    owner, limits = credentials.user, limits_for(credentials)
    _refuse_without_right(owner)
    if source in Job.SOURCES_OF_ROLES:
        refuse_unless_allowed("sources", "source", source, limits.sources)
    checkpoint = find_checkpoint(requested.checkpoint, limits)
    resolved = resolve_request(requested, owner=owner, checkpoint=checkpoint, limits=limits, keep=keep)
    check_kept_steps(owner.pk, limits, resolved)
    predicted = costs.predict_seconds(resolved, checkpoint)
    check_budget(owner.pk, limits, predicted=predicted)
    return PreparedJob(credentials, requested, resolved, checkpoint, limits, predicted)


def store(prepared: PreparedJob, **fields: Any) -> Job:
    """Create a queued job and return it; call it after `lock_owner`.

    Raises:
        JobRefused: as `quota.check_budget`, checked again under the lock.
    """
    owner, key = prepared.credentials.user, prepared.credentials.key
    resolved, checkpoint = prepared.resolved, prepared.checkpoint
    check_budget(owner.pk, prepared.limits, predicted=prepared.predicted)
    fairness.admit(owner.pk)
    return Job.objects.create(
        owner=owner,
        api_key=key,
        parameters=resolved.model_dump(mode="json"),
        prompt=resolved.prompt,
        notes=notes(prepared.requested, resolved, checkpoint.defaults()),
        checkpoint=checkpoint,
        count=image_count(resolved),
        batch_key=batch_companions.batch_key(resolved),
        predicted_seconds=prepared.predicted,
        **fields,
    )


def _refuse_without_right(owner: User) -> None:
    """Refuse an owner whose roles do not let them submit jobs.

    Raises:
        DeedRefused: they do not.
        JobRefused: `unauthorized` (401), the account is suspended.
    """
    try:
        require(owner, "generation.submit_job")
    except DeedRefused:
        if not User.objects.filter(pk=owner.pk, is_active=True).exists():
            raise JobRefused("unauthorized", SUSPENDED, status=401) from None
        raise


def refuse_while_disk_full() -> None:
    """Refuse new jobs while the site's disk is nearly full.

    Raises:
        JobRefused: `disk_full` (507).
    """
    if disk_space.is_scarce():
        raise JobRefused("disk_full", disk_space.MESSAGE, status=507, retry_after=DISK_RETRY_SECONDS)


def lock_owner(owner_id: int) -> None:
    """Lock the owner until the transaction ends, so that they submit one job at a time; refuse a suspended one.

    The lock is on the owner's row (`lock_user`), because a suspension writes that row too: of a submission and a
    suspension at once, either this sees the suspension, or the suspension sees the job.

    Raises:
        JobRefused: `unauthorized` (401).
    """
    if not lock_user(owner_id):
        raise JobRefused("unauthorized", SUSPENDED, status=401)
