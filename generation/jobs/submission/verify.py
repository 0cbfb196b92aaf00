"""Verification: generate an image again as its receipt says, and compare both."""

from typing import Any

from django.db import transaction
from pydantic import ValidationError

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs import notifications
from generation.jobs.submission.quota import check_budget
from generation.jobs.submission.submit import lock_owner, refuse_while_disk_full
from generation.limits import limits_for
from generation.models import Checkpoint, ImageCheck, Job, RoleLimits
from generation.parameters.ranges import IMAGES_A_JOB
from generation.parameters.schema import ResolvedParameters
from generation.queue import costs, fairness, tickets
from generation.queue.state import refuse_while_closed
from generation.webhooks import outbox
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import ApiKey
from sdsite.accounts.roles.backend import require


def verify_image(*, image: Image, key: ApiKey | None = None) -> ImageCheck:
    """Queue a job of the image's owner, in the batch lane, that generates it again and compares; it stores no image.

    The job generates a batch of the recorded size in which the image has the recorded place: on a CPU images are
    bit-identical only in batches of equal size. Limits on the size of a job do not apply, since the image was allowed
    before; those of the queue and of accelerator seconds do, also those of `key`, the owner's API key if any.

    Raises:
        JobRefused: `not_verifiable` (409, the image cannot be generated again), `checkpoint_missing`, `queue_closed`,
            `maintenance`, `disk_full`, `unauthorized`, `checkpoint_not_allowed` (403, by the key), and what
            `quota.check_budget` refuses.
        DeedRefused: the roles of the owner do not let them verify images.
    """
    refuse_while_closed(image.owner)
    refuse_while_disk_full()
    require(image.owner, "generation.verify_image")
    resolved, index = _batch_of(image)
    checkpoint = Checkpoint.objects.filter(slug=resolved.checkpoint).first()
    if checkpoint is None:
        message = f"The checkpoint {resolved.checkpoint} of this image was removed from the site."
        raise JobRefused("checkpoint_missing", message, fields={"checkpoint": message})
    if key is not None and key.checkpoints and checkpoint.slug not in key.checkpoints:
        message = f"This key may not use {checkpoint.slug}, the checkpoint of this image."
        raise JobRefused("checkpoint_not_allowed", message, fields={"checkpoint": message}, status=403)
    owner = image.owner
    limits = limits_for(Credentials(owner, key))
    predicted = costs.predict_seconds(resolved, checkpoint)
    with transaction.atomic():
        lock_owner(owner.pk)
        check_budget(owner.pk, limits, predicted=predicted)
        fairness.admit(owner.pk)
        job = Job.objects.create(
            owner=owner,
            api_key=key,
            source=Job.Source.VERIFY,
            lane=Job.Lane.BATCH,
            parameters=resolved.model_dump(mode="json"),
            prompt=resolved.prompt,
            checkpoint=checkpoint,
            count=resolved.count,
            predicted_seconds=predicted,
        )
        check = ImageCheck.objects.create(image=image, job=job, index=index)
        outbox.note_move(job.pk)
        transaction.on_commit(lambda: notifications.job_moved(job.pk), robust=True)
        transaction.on_commit(lambda: tickets.wake(job.lane), robust=True)
    return check


def _batch_of(image: Image) -> tuple[ResolvedParameters, int]:
    """Return the parameters of a job that generates `image` again, and its index in that job."""
    if image.safety.get("action") == RoleLimits.Safety.BLUR:
        raise _not_verifiable("Only a blurred copy of this image was stored, so it cannot be compared.")
    size, position = _number(image.receipt, "batch_size", 1), _number(image.receipt, "position", 0)
    if not (image.receipt.get("scheduler") or "device_name" in image.receipt):
        raise _not_verifiable("This image has no receipt that says how it was generated.")
    if not 0 <= position < size <= IMAGES_A_JOB:
        raise _not_verifiable("The receipt of this image does not name a batch that the site could generate.")
    alone: dict[str, Any] = {"count": size, "batch_size": size, "keep_original": False, "grid": None}
    alone |= {"image_prompts": None, "image_negative_prompts": None, "preview": {}, "keep_steps": None}
    try:
        resolved = ResolvedParameters.model_validate({**image.parameters, "seed": image.seed, **alone})
    except ValidationError as error:
        raise _not_verifiable("The settings of this image are of an older version of the site.") from error
    # The image at the recorded place gets its own seed if the seed of the first one is lower by that place.
    growing = "variation_seed" if resolved.variation_strength else "seed"
    first = getattr(resolved, growing) - position
    return (resolved.with_changes(**{growing: first}), position) if first >= 0 else (resolved, 0)


def _number(receipt: dict[str, Any], name: str, otherwise: int) -> int:
    value = receipt.get(name, otherwise)
    return value if isinstance(value, int) else otherwise


def _not_verifiable(message: str) -> JobRefused:
    return JobRefused("not_verifiable", message, status=409)
