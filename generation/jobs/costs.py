"""What a job costs in accelerator seconds: predicted from what was measured for each checkpoint.

Two averages a checkpoint: seconds for one step of one megapixel, and seconds of an image beside its steps (reading the
prompt, decoding, storing). Loading is left out: it is the checkpoint's cost, and comes once.
"""

from django.db.models import F

from generation.models import Checkpoint, Job
from generation.parameters.schema import ResolvedParameters

UNMEASURED_STEP_SECONDS = 1.0  # a step of one megapixel, until the checkpoint has run once
WEIGHT_OF_NEWEST = 0.3


def work_units(parameters: ResolvedParameters) -> float:
    """Return megapixel-steps of the whole job: images x steps x width x height / 1e6."""
    return parameters.count * parameters.steps * parameters.width * parameters.height / 1e6


def predict_seconds(parameters: ResolvedParameters, checkpoint: Checkpoint) -> float:
    """Return the seconds that a job of `parameters` should take on the checkpoint, once that is loaded."""
    steps = work_units(parameters) * (checkpoint.step_seconds or UNMEASURED_STEP_SECONDS)
    return steps + parameters.count * checkpoint.image_seconds


def learn(checkpoint_id: int, *, seconds: float, units: float) -> None:
    """Fold the measured steps of a run into the checkpoint's average; `units` as `work_units` gives them."""
    if units > 0 and seconds > 0:
        _fold(checkpoint_id, "step_seconds", seconds / units)


def learn_beside(job: Job, seconds: float) -> None:
    """Fold what a whole job cost beside loading and its steps into the checkpoint's average.

    `seconds` are those the job ran in all; its `timings` say how many of them were loading and steps.
    """
    known = job.timings.get("denoise")
    if job.checkpoint_id is None or not known or job.attempt > 1:  # of a later attempt only the rest was drawn
        return
    share = min(1.0, job.used_seconds / seconds) if job.used_seconds and seconds else 1.0
    beside = (seconds - known - job.timings.get("load", 0.0)) * share
    if beside > 0:
        _fold(job.checkpoint_id, "image_seconds", beside / job.count)


def _fold(checkpoint_id: int, column: str, measured: float) -> None:
    """Move an exponential average towards `measured`; the first measurement is the average."""
    rows = Checkpoint.objects.filter(pk=checkpoint_id)
    if not rows.filter(**{column: 0}).update(**{column: measured}):
        rows.update(**{column: F(column) * (1 - WEIGHT_OF_NEWEST) + measured * WEIGHT_OF_NEWEST})
