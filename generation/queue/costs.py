"""What a job costs in accelerator seconds: predicted from what was measured for each checkpoint.

Two averages a checkpoint: seconds for one step of one megapixel, and seconds of an image beside its steps (reading the
prompt, decoding, storing). Loading is left out: it is the checkpoint's cost, and comes once.
"""

from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest

from generation.models import Checkpoint, Job
from generation.parameters.per_image import generated_images, image_count
from generation.parameters.schema import ResolvedParameters

UNMEASURED_STEP_SECONDS = 1.0  # a step of one megapixel, until the checkpoint has run once
WEIGHT_OF_NEWEST = 0.2


def work_units(resolved: ResolvedParameters) -> float:
    """Return megapixel-steps of the whole job: images x steps x width x height / 1e6, the hires pass with them."""
    return sum(_units(image_parameters) for _, image_parameters in generated_images(resolved))


def _units(image_parameters: ResolvedParameters) -> float:
    if image_parameters.task == "upscale":
        return 0.0
    megapixels = image_parameters.width * image_parameters.height / 1e6
    steps: float = image_parameters.steps
    if image_parameters.task != "text_to_image":
        steps = max(1.0, steps * image_parameters.strength)
    if (hires := image_parameters.hires) is None:
        return steps * megapixels
    second = max(1.0, (hires.steps or image_parameters.steps) * hires.strength)
    return megapixels * (steps + hires.scale**2 * second)


def predict_seconds(resolved: ResolvedParameters, checkpoint: Checkpoint) -> float:
    """Return the seconds that a job of `resolved` should take on the checkpoint, once that is loaded."""
    steps = work_units(resolved) * (checkpoint.step_seconds or UNMEASURED_STEP_SECONDS)
    return steps + image_count(resolved) * checkpoint.image_seconds


def learn(checkpoint_id: int, *, seconds: float, units: float) -> None:
    """Fold the measured steps of a run into the checkpoint's average; `units` as `work_units` gives them."""
    if units <= 0 or seconds <= 0:
        return
    measured = seconds / units
    rows = Checkpoint.objects.filter(pk=checkpoint_id)
    if not rows.filter(step_seconds=0).update(step_seconds=measured):
        rows.update(step_seconds=_moved("step_seconds", measured))


def learn_beside(job: Job) -> None:
    """Fold what a job that succeeded used beyond its steps, as they are predicted now, into the average."""
    whole = job.attempt == 1 and not job.dropped  # else only a part was drawn
    if job.checkpoint is None or not whole or not job.used_seconds or not job.checkpoint.step_seconds:
        return
    beyond = job.used_seconds - work_units(job.resolved()) * job.checkpoint.step_seconds
    # Below zero where the steps were quicker than predicted: what one average misses, the other makes up for.
    moved = Greatest(0.0, _moved("image_seconds", beyond / job.count))
    Checkpoint.objects.filter(pk=job.checkpoint.pk).update(image_seconds=moved)


def _moved(column: str, measured: float) -> CombinedExpression:
    """Return an exponential average moved towards `measured`."""
    return F(column) * (1 - WEIGHT_OF_NEWEST) + measured * WEIGHT_OF_NEWEST
