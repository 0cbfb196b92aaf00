"""Calibration: jobs that let a worker measure a checkpoint at one size and batch size. Their images are not stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from generation.jobs.submission.resolve import resolve_request
from generation.jobs.submission.submit import lock_owner
from generation.limits import Limits
from generation.models import Checkpoint, Job
from generation.parameters.ranges import IMAGES_A_JOB, RANGES
from generation.parameters.schema import GenerationParameters
from generation.queue import costs, fairness, tickets
from generation.queue.state import refuse_while_closed
from sdsite.accounts.models import User

PROMPT = "calibration"
USUAL_FACTORS = (0.5, 1.0, 1.5)  # of the sides of a checkpoint's own size
MULTIPLE = 64  # pixels of a side


@dataclass(frozen=True)
class Cell:
    """One size and batch size that is measured."""

    width: int
    height: int
    images: int


def usual_sizes(checkpoint: Checkpoint) -> list[tuple[int, int]]:
    """Return the sizes that show a checkpoint's curve: the allowed ones, or its own, smaller and larger."""
    if checkpoint.sizes:
        return sorted({(width, height) for width, height in checkpoint.sizes}, key=lambda size: size[0] * size[1])
    least, most = RANGES["width"].least, RANGES["width"].most
    sizes = []
    for factor in USUAL_FACTORS:
        sides = (MULTIPLE * round(side * factor / MULTIPLE) for side in (checkpoint.width, checkpoint.height))
        width, height = (int(min(max(side, least), most)) for side in sides)
        sizes.append((width, height))
    return list(dict.fromkeys(sizes))


def grid(sizes: Iterable[tuple[int, int]], batch_sizes: Sequence[int]) -> list[Cell]:
    """Return every cell, one size after the other, the smallest batch first."""
    return [Cell(width, height, images) for width, height in sizes for images in sorted(set(batch_sizes))]


def submit_cell(cell: Cell, *, owner: User, checkpoint: Checkpoint, steps: int, runs: int) -> Job:
    """Queue a job of `owner`, in the batch lane, that generates `runs` batches of a cell after one to warm up.

    Limits of roles and budgets do not apply; the GPU time counts as the owner's in the fair share.

    Raises:
        JobRefused: `invalid_parameters`, the checkpoint does not allow the size; `queue_closed`.
    """
    refuse_while_closed(owner)
    runs = max(1, min(runs, IMAGES_A_JOB // cell.images - 1))
    requested = GenerationParameters(
        prompt=PROMPT,
        checkpoint=checkpoint.slug,
        width=cell.width,
        height=cell.height,
        steps=steps,
        seed=0,
        count=cell.images * (1 + runs),
        batch_size=cell.images,
        speed_mode="exact",
    )
    resolved = resolve_request(requested, owner=owner, checkpoint=checkpoint, limits=Limits())
    with transaction.atomic():
        lock_owner(owner.pk)
        fairness.admit(owner.pk)
        job = Job.objects.create(
            owner=owner,
            source=Job.Source.CALIBRATE,
            lane=Job.Lane.BATCH,
            parameters=resolved.model_dump(mode="json"),
            prompt=resolved.prompt,
            checkpoint=checkpoint,
            count=resolved.count,
            predicted_seconds=costs.predict_seconds(resolved, checkpoint),
        )
        transaction.on_commit(lambda: tickets.wake(job.lane), robust=True)
    return job
