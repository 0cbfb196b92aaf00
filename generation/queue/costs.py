"""Cost of a job in accelerator seconds, predicted from measurements of each checkpoint.

A checkpoint has two averages: seconds for one step of one megapixel, and seconds of an image beside its steps (encoding
the prompt, decoding, storing). Loading is not counted, because it happens once for many jobs.
"""

from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest

from generation.models import Checkpoint, Job
from generation.parameters.per_image import generated_images, image_count
from generation.parameters.schema import ResolvedParameters

UNMEASURED_STEP_SECONDS = 1.0  # a step of one megapixel, until the checkpoint was measured
NEWEST_WEIGHT = 0.2


def work_units(resolved: ResolvedParameters) -> float:
    """Return the megapixel-steps of the whole job: images x steps x width x height / 1e6, hires passes included."""
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
    """Return the predicted seconds of a job on the checkpoint once that is loaded."""
    steps = work_units(resolved) * (checkpoint.step_seconds or UNMEASURED_STEP_SECONDS)
    return steps + image_count(resolved) * checkpoint.image_seconds


def learn_step_seconds(checkpoint_id: int, *, seconds: float, units: float) -> None:
    """Add the measured steps of a run to the checkpoint's average; `units` as `work_units` returns them."""
    if units <= 0 or seconds <= 0:
        return
    measured = seconds / units
    rows = Checkpoint.objects.filter(pk=checkpoint_id)
    if not rows.filter(step_seconds=0).update(step_seconds=measured):
        rows.update(step_seconds=_moving_average("step_seconds", measured))


def learn_overhead(job: Job) -> None:
    """Add what a successful job used beyond its steps, as predicted now, to the checkpoint's average."""
    whole = job.attempt == 1 and not job.dropped  # otherwise only a part was generated
    if job.checkpoint is None or not whole or not job.used_seconds or not job.checkpoint.step_seconds:
        return
    beyond = job.used_seconds - work_units(job.resolved()) * job.checkpoint.step_seconds
    # Negative where the steps were faster than predicted; the two averages compensate each other.
    average = Greatest(0.0, _moving_average("image_seconds", beyond / job.count))
    Checkpoint.objects.filter(pk=job.checkpoint.pk).update(image_seconds=average)


def _moving_average(column: str, measured: float) -> CombinedExpression:
    """Return an exponential average moved towards `measured`."""
    return F(column) * (1 - NEWEST_WEIGHT) + measured * NEWEST_WEIGHT
