"""Cost of a job in accelerator seconds, predicted from measured speeds.

A job costs the seconds of its pipeline calls: those of the denoiser's evaluations, and those beside them (encoding
prompts, decoding). Loading is not counted, because it happens once for many jobs. Fair share, quotas, positions and
times of the queue, and the first estimate of a running job all use `predict_seconds`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest

from generation.models import Checkpoint, Job
from generation.parameters.catalog import SAMPLERS
from generation.parameters.defaults import FewStep
from generation.parameters.per_image import generated_images, image_count
from generation.parameters.schema import ResolvedParameters
from generation.parameters.speed import as_denoised
from generation.queue.batch_sizes import MOST_TOGETHER, SIZES
from generation.queue.speeds import Call, Speeds, speeds_of

NEWEST_WEIGHT = 0.2  # of the exponential average of what upscaling takes


@dataclass(frozen=True)
class Work:
    """What one image asks of the accelerator: evaluations of the denoiser at each size in pixels, in order."""

    passes: tuple[tuple[int, int, float], ...]
    upscales: bool
    speed_mode: str = "exact"

    @property
    def evaluations(self) -> float:
        """Evaluations of all passes."""
        return sum(count for *_, count in self.passes)


def work_of(image_parameters: ResolvedParameters, family: str, few_step: FewStep | None = None) -> Work:
    """Return the work of one image with a checkpoint of `family`; an upscaling task has no passes."""
    image_parameters = as_denoised(image_parameters, family, few_step)
    upscales = image_parameters.task == "upscale" or image_parameters.upscale_by != 1
    if image_parameters.task == "upscale":
        return Work((), upscales)
    sampler = SAMPLERS.get(image_parameters.sampler)
    each = sampler.calls if sampler else 1
    width, height, steps = image_parameters.width, image_parameters.height, float(image_parameters.steps)
    if image_parameters.task != "text_to_image":
        steps = max(1.0, steps * image_parameters.strength)
    passes = [(width, height, steps * each)]
    if (hires := image_parameters.hires) is not None:
        second = max(1.0, (hires.steps or image_parameters.steps) * hires.strength)
        passes.append((round(width * hires.scale), round(height * hires.scale), second * each))
    return Work(tuple(passes), upscales, image_parameters.speed_mode)


def predict_seconds(resolved: ResolvedParameters, checkpoint: Checkpoint) -> float:
    """Return the predicted seconds of a job on the checkpoint once that is loaded.

    Where device models of different speed generate, this is the mean by how much each has generated.
    """
    works = _works(resolved, checkpoint)
    return _predict(resolved, works, _speeds_by_mode(works, checkpoint), image_seconds=checkpoint.image_seconds)


def _works(resolved: ResolvedParameters, checkpoint: Checkpoint) -> list[tuple[Work, int]]:
    """Return the works of a job's images in their order, each with how many follow each other."""
    few_step = checkpoint.defaults().few_step
    all_works = (work_of(each, checkpoint.family, few_step) for _, each in generated_images(resolved))
    return [(work, len(list(same))) for work, same in groupby(all_works)]


def _speeds_by_mode(works: Sequence[tuple[Work, int]], checkpoint: Checkpoint) -> dict[str, list[Speeds]]:
    return {mode: speeds_of(checkpoint, mode) for mode in dict.fromkeys(work.speed_mode for work, _ in works)}


def _predict(
    resolved: ResolvedParameters,
    works: Sequence[tuple[Work, int]],
    known: Mapping[str, Sequence[Speeds]],
    *,
    image_seconds: float,
) -> float:
    total = 0.0
    for work, count in works:
        for speeds in known[work.speed_mode]:
            sizes = _batch_sizes(work, resolved, speeds)
            total += speeds.weight * min(_seconds(work, count, size, speeds, image_seconds) for size in sizes)
    return total


def _batch_sizes(work: Work, resolved: ResolvedParameters, speeds: Speeds) -> list[int]:
    """Return the batch sizes in which the images may be generated; the worker takes the fastest of those that fit."""
    if resolved.batch_size is not None:
        return [resolved.batch_size]
    if not settings.ENV["SDSITE_BATCHING"] or resolved.reproducible == "strict" or not work.passes:
        return [1]
    most = min(settings.ENV["SDSITE_BATCH_IMAGES"] or MOST_TOGETHER, MOST_TOGETHER)
    width, height, _ = work.passes[-1]  # the largest, where two passes have different sizes
    most = speeds.best_batch(width, height, most=most)
    return [1, *(size for size in SIZES if size <= most)]


def _seconds(work: Work, count: int, size: int, speeds: Speeds, image_seconds: float) -> float:
    """Return the seconds of `count` images in batches of `size`."""
    steps = rest = 0.0
    full, left = divmod(count, size)
    for calls, images in ((full, size), (1, left)):
        if not calls or not images:
            continue
        for width, height, evaluations in work.passes:
            steps += calls * evaluations * speeds.steps.seconds(width * height / 1e6, images)
        if speeds.rest is not None and work.passes:
            width, height, _ = work.passes[-1]
            rest += calls * speeds.rest.seconds(width * height / 1e6, images)
    # What upscaling takes is learned from whole jobs, together with everything else beside their steps.
    return steps + (max(rest, count * image_seconds) if work.upscales else rest)


def measured_call(
    image_parameters: ResolvedParameters,
    *,
    family: str,
    few_step: FewStep | None = None,
    hardware: str,
    images: int,
    denoise: float,
    whole: float,
    is_first: bool,
) -> Call | None:
    """Return what a pipeline call measured; None for one with passes of several sizes or models.

    Args:
        image_parameters: of any of its images; what they do not share costs nothing.
        family: of the checkpoint.
        few_step: of the checkpoint, if it has a LoRA for few steps.
        hardware: model of the device.
        images: how many were generated together.
        denoise: seconds of the denoiser's evaluations.
        whole: seconds of the call, decoding and upscaling included.
        is_first: whether it was the first of its kind in this process.
    """
    work = work_of(image_parameters, family, few_step)
    if len(work.passes) != 1 or image_parameters.refiner is not None or denoise <= 0:
        return None
    [(width, height, evaluations)] = work.passes
    rest = None if work.upscales else max(0.0, whole - denoise)
    return Call(hardware, width, height, images, denoise / evaluations, rest, is_first, work.speed_mode)


def _may_upscale(parameters: dict[str, Any]) -> bool:
    """Tell from the row, without reading all of it, whether an image of a job may be upscaled."""
    return bool(
        parameters.get("task") == "upscale"
        or parameters.get("upscale_by", 1) != 1
        or parameters.get("grid") is not None
    )


def learn_upscaling(job: Job) -> None:
    """Add what a successful job with upscaling used beside its steps, as predicted now, to the checkpoint's average."""
    whole = job.attempt == 1 and not job.dropped  # otherwise only a part was generated
    if job.checkpoint is None or not whole or not job.used_seconds or not _may_upscale(job.parameters):
        return
    resolved = job.resolved()
    works = _works(resolved, job.checkpoint)
    known = _speeds_by_mode(works, job.checkpoint)
    measured = all(known[work.speed_mode][0].rows for work, _ in works if work.passes)
    if not any(work.upscales for work, _ in works) or not measured:
        return
    known = {mode: [replace(speeds, rest=None) for speeds in listed] for mode, listed in known.items()}
    steps = _predict(resolved, works, known, image_seconds=0.0)
    # Negative where the steps were faster than predicted; over several jobs that evens out.
    beyond = (job.used_seconds - steps) / image_count(resolved)
    average = Greatest(0.0, F("image_seconds") * (1 - NEWEST_WEIGHT) + beyond * NEWEST_WEIGHT)
    Checkpoint.objects.filter(pk=job.checkpoint.pk).update(image_seconds=average)
