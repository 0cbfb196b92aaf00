"""What a job will cost and when it will be done, from what was measured."""

import uuid
from dataclasses import dataclass

from django.db.models import F

from generation.jobs import fairness
from generation.models import Checkpoint, Job
from generation.parameters.schema import ResolvedParameters

UNMEASURED_STEP_SECONDS = 1.0  # a step of one megapixel, until the checkpoint has run once
WEIGHT_OF_NEWEST = 0.3
LISTED_AT_MOST = 500


@dataclass(frozen=True)
class Place:
    """Where a job stands: 1 is next; `eta_seconds` until it is done, None when nothing was measured."""

    position: int
    eta_seconds: float | None


def work_units(parameters: ResolvedParameters) -> float:
    """Return megapixel-steps of the whole job: images x steps x width x height / 1e6."""
    return parameters.count * parameters.steps * parameters.width * parameters.height / 1e6


def predict_seconds(parameters: ResolvedParameters, checkpoint: Checkpoint) -> float:
    """Return the seconds that a job of `parameters` should take on the checkpoint."""
    return work_units(parameters) * (checkpoint.step_seconds or UNMEASURED_STEP_SECONDS)


def learn(checkpoint_id: int, *, seconds: float, units: float) -> None:
    """Fold a measured run into the checkpoint's average; `units` as `work_units` gives them."""
    if units <= 0 or seconds <= 0:
        return
    measured = seconds / units
    rows = Checkpoint.objects.filter(pk=checkpoint_id)
    if not rows.filter(step_seconds=0).update(step_seconds=measured):
        rows.update(step_seconds=F("step_seconds") * (1 - WEIGHT_OF_NEWEST) + measured * WEIGHT_OF_NEWEST)


def places(lane: str, most: int = LISTED_AT_MOST) -> dict[uuid.UUID, Place]:
    """Return the places of the first `most` waiting jobs of `lane`, in the order of their turns."""
    ahead = 0.0
    for job in Job.objects.filter(lane=lane, status=Job.Status.RUNNING).only("predicted_seconds", "step", "total"):
        done = job.step / job.total if job.total else 0.0
        ahead += job.predicted_seconds * (1 - min(done, 1.0))
    found: dict[uuid.UUID, Place] = {}
    for position, (pk, seconds) in enumerate(fairness.forecast(lane, most), start=1):
        ahead += seconds
        found[pk] = Place(position, round(ahead, 1))
    return found


def remaining_seconds(job: Job) -> float:
    """Return what a running job should still need."""
    done = job.step / job.total if job.total else 0.0
    return round(job.predicted_seconds * (1 - min(done, 1.0)), 1)
