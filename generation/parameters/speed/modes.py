"""Speed modes of a job: exact, small and draft, and how the drafts of each family are generated.

Exact changes nothing but rounding; small keeps the weights in as little memory as the device allows; draft computes
less and gives another image. Data and arithmetic only: `generation.pipelines.speed` carries it out. Decision 43 says
why these three.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.families import FAMILIES
from generation.parameters.catalog import SAMPLERS
from generation.parameters.defaults import FewStep
from generation.parameters.nested import LoraUse
from generation.parameters.schema import ResolvedParameters

STEPS_OF_DRAFT = 0.5  # share of the requested steps that a draft without a step cache takes
FEWEST_STEPS = 4  # of such a draft; requests for fewer keep theirs


@dataclass(frozen=True)
class StepCache:
    """A cache of the denoiser's blocks between steps, for the tasks of a family that `Family.caches` names.

    Where the first block's change differs from that of the step before by less than `threshold` (relative mean of
    absolute differences), the other blocks' change of that step is used again (First Block Cache). Below `fewest_steps`
    neighbouring steps differ too much.
    """

    name: str
    threshold: float
    fewest_steps: int = 12


STEP_CACHE = StepCache("first_block_cache", 0.12)


@dataclass(frozen=True)
class Draft:
    """A draft of one image: its parameters as they are denoised, the techniques as a receipt names them."""

    parameters: ResolvedParameters
    techniques: tuple[Mapping[str, Any], ...] = ()
    step_cache: StepCache | None = None


def draft_of(image_parameters: ResolvedParameters, family: str, few_step: FewStep | None = None) -> Draft:
    """Return how the draft of an image is generated with a checkpoint of `family`, which may have a LoRA for few steps.

    No technique: its steps are as few as a draft's already.
    """
    if few_step is not None and _takes_few_steps(image_parameters, few_step):
        return _with_few_step_lora(image_parameters, family, few_step)
    cache = _step_cache(image_parameters, family)
    if cache is not None:
        return Draft(image_parameters, ({"name": cache.name, "threshold": cache.threshold},), cache)
    return _in_fewer_steps(image_parameters)


def as_denoised(
    image_parameters: ResolvedParameters, family: str, few_step: FewStep | None = None
) -> ResolvedParameters:
    """Return the parameters with which an image is denoised: in mode draft those of its draft."""
    if image_parameters.speed_mode != "draft" or image_parameters.task == "upscale":
        return image_parameters
    return draft_of(image_parameters, family, few_step).parameters


def runs_alone(image_parameters: ResolvedParameters, family: str, few_step: FewStep | None = None) -> bool:
    """Return whether other images in its batch would change an image: a step cache decides by the whole batch."""
    is_draft = image_parameters.speed_mode == "draft" and image_parameters.task != "upscale"
    return is_draft and draft_of(image_parameters, family, few_step).step_cache is not None


def _takes_few_steps(image_parameters: ResolvedParameters, few_step: FewStep) -> bool:
    """Return whether the LoRA makes an image quicker; a refiner would need one of its own."""
    return few_step.steps < image_parameters.steps and image_parameters.refiner is None


def _with_few_step_lora(image_parameters: ResolvedParameters, family: str, few_step: FewStep) -> Draft:
    """Return the draft with the LoRA beside the requested ones, in its steps, without guidance."""
    sampler = SAMPLERS[few_step.sampler or image_parameters.sampler]
    spaced = sampler.spaced and not FAMILIES[family].flow
    changes: dict[str, Any] = {
        "loras": (*image_parameters.loras, LoraUse(name=few_step.lora, weight=1.0)),
        "steps": few_step.steps,
        "sampler": sampler.key,
        "schedule": "normal",
        "timestep_spacing": "trailing" if spaced else None,  # the last step then removes all noise that there was
        "eta": 0.0,
        "true_cfg_scale": 1.0,
    }
    if FAMILIES[family].guidance == "cfg":
        changes["guidance_scale"] = 1.0
    hires = image_parameters.hires
    if hires is not None and hires.steps > few_step.steps:
        changes["hires"] = hires.model_copy(update={"steps": 0})
    told = {"name": "few_step_lora", "lora": few_step.lora, "steps": few_step.steps}
    technique = {**told, "instead_of": image_parameters.steps, "sampler": sampler.key}
    return Draft(image_parameters.model_copy(update=changes), (technique,))


def _step_cache(image_parameters: ResolvedParameters, family: str) -> StepCache | None:
    record = FAMILIES.get(family)
    if record is None or image_parameters.task not in record.caches or image_parameters.controls:
        return None  # pipelines of ControlNets do not tell the denoiser which call is which
    return STEP_CACHE if image_parameters.steps >= STEP_CACHE.fewest_steps else None


def _in_fewer_steps(image_parameters: ResolvedParameters) -> Draft:
    steps, hires = _fewer(image_parameters.steps), image_parameters.hires
    second = _fewer(hires.steps) if hires and hires.steps else 0
    if steps == image_parameters.steps and not (hires and hires.steps and second < hires.steps):
        return Draft(image_parameters)
    changes: dict[str, Any] = {"steps": steps}
    if hires is not None and hires.steps:
        changes["hires"] = hires.model_copy(update={"steps": second})
    technique = {"name": "fewer_steps", "steps": steps, "instead_of": image_parameters.steps}
    return Draft(image_parameters.model_copy(update=changes), (technique,))


def _fewer(steps: int) -> int:
    return min(steps, max(FEWEST_STEPS, math.ceil(steps * STEPS_OF_DRAFT)))
