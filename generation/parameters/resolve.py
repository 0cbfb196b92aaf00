"""Resolve requested parameters: fill in defaults, expand dynamic prompts and check that everything fits together."""

import math
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from generation.families import FAMILIES
from generation.parameters import catalog, grids, ranges
from generation.parameters.compatibility import CHECKS, check_axes
from generation.parameters.defaults import CheckpointDefaults, Size
from generation.parameters.per_image import generated_images, image_count, originals
from generation.parameters.prompts import PromptRefused, Spending, check_prompt, expand, is_dynamic
from generation.parameters.sampler_names import find_schedule
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.speed import runs_alone
from generation.parameters.validators import FieldRefused

FAR_FROM_USUAL = 2.0  # times the checkpoint's own number of pixels; larger init images are scaled down


def resolve(
    requested: GenerationParameters,
    defaults: CheckpointDefaults,
    *,
    input_images: Mapping[str, Size] | None = None,
    wildcards: Mapping[str, list[str]] | None = None,
    defaults_of: Callable[[str], CheckpointDefaults] | None = None,
    speed_mode: str = "exact",
) -> ResolvedParameters:
    """Fill `requested` from `defaults`, pick seeds where none were given, and check what belongs together.

    Args:
        requested: the parameters as requested.
        defaults: those of the checkpoint.
        input_images: (width, height) in pixels of the input images, by field.
        wildcards: the lines of each wildcard that the prompts name.
        defaults_of: returns the defaults of another checkpoint by slug, for axes over checkpoints; raises FieldRefused.
        speed_mode: the mode of requests that name none.

    Raises:
        FieldRefused: the checkpoint does not allow a value, or values do not fit together; the message says what is
            allowed.
    """
    _check_canvas(requested, (input_images or {}).get("init_image"))
    filled = _filled(requested, defaults, input_images or {}) | _speed_mode(requested, speed_mode)
    resolved = ResolvedParameters.model_validate(filled)
    if resolved.grid is not None:
        check_axes(resolved.grid)
    _check_count(resolved)
    resolved = _with_prompts(resolved, wildcards or {})
    _check_prompts(resolved)
    known = {defaults.slug: defaults}
    for _, image_parameters in generated_images(resolved):
        slug = image_parameters.checkpoint
        if slug not in known:
            known[slug] = defaults if defaults_of is None else defaults_of(slug)
        for check in CHECKS:
            check(image_parameters, known[slug])
    pairs = ((one, known[one.checkpoint]) for _, one in generated_images(resolved))
    if any(runs_alone(one, of_checkpoint.family, of_checkpoint.few_step) for one, of_checkpoint in pairs):
        return resolved.with_changes(batch_size=1)
    return resolved


def _check_canvas(requested: GenerationParameters, init: Size | None) -> None:
    """Refuse a canvas longer than a finished image may be, where the result keeps the size of the canvas."""
    grown = requested.outpaint
    if grown is None or init is None or requested.mask_area != "masked":
        return
    sides = {"right": init[0] + grown.left + grown.right, "bottom": init[1] + grown.top + grown.bottom}
    for side, pixels in sides.items():
        if pixels > ranges.LARGEST_FINISHED_SIDE:
            raise FieldRefused(
                f"outpaint.{side}",
                f"outpaint.{side}: the longest side must be at most {ranges.LARGEST_FINISHED_SIDE} pixels in the end; "
                f"got {pixels}",
            )


def _filled(
    requested: GenerationParameters, defaults: CheckpointDefaults, input_images: Mapping[str, Size]
) -> dict[str, Any]:
    filled: dict[str, Any] = requested.model_dump()
    filled["task"] = requested.task or _task(requested)
    filled["prompt"] = _prompt(requested)
    size = _size(requested, filled["task"], defaults, input_images.get("init_image"))
    fallbacks: Mapping[str, Any] = {
        "checkpoint": defaults.slug,
        "width": size[0],
        "height": size[1],
        "steps": defaults.steps,
        "guidance_scale": defaults.guidance_scale,
        "sampler": defaults.sampler,
        "eta": 0.0,
        "negative_prompt": defaults.negative_prompt,
        "clip_skip": defaults.clip_skip or 1,
        "vae": defaults.vae or None,
        "upscaler": get_upscaler(requested, defaults) or "lanczos",
        "upscale_by": 1.0,
    }
    for name, value in fallbacks.items():
        if filled[name] is None:
            filled[name] = value
    if defaults.size_policy == "snap" and filled["task"] != "upscale":
        filled["width"], filled["height"] = _snapped((filled["width"], filled["height"]), defaults)
    for name in ("seed", "variation_seed"):
        if filled[name] in (None, -1):
            filled[name] = secrets.randbelow(ranges.RANDOM_SEED_BELOW)
    if filled["schedule"] is None:
        filled["schedule"] = defaults.schedule if requested.sampler in (None, defaults.sampler) else "normal"
    filled |= _fitting(filled, defaults.family)
    if filled["reproducible"] == "strict":
        filled["batch_size"] = 1
    return filled


def _speed_mode(requested: GenerationParameters, default: str) -> dict[str, str]:
    """Return the speed mode; upscaling has no denoiser, so there is one way to do it."""
    return {"speed_mode": "exact" if requested.task == "upscale" else requested.speed_mode or default}


def get_upscaler(requested: GenerationParameters, defaults: CheckpointDefaults) -> str:
    """Return the upscaler of the finished image: the requested one, else the checkpoint's own where it upscales."""
    upscales = requested.task == "upscale" if requested.upscale_by is None else requested.upscale_by > 1
    return requested.upscaler or (upscales and defaults.upscaler) or "lanczos"


def _fitting(filled: Mapping[str, Any], family: str) -> dict[str, Any]:
    """Return the schedule, timestep spacing and eta nearest to the filled ones that the sampler takes with `family`."""
    named, sampler = find_schedule(filled["schedule"]), catalog.SAMPLERS[filled["sampler"]]
    schedule = named.schedule if named else filled["schedule"]
    allowed = sampler.schedules_for(family)
    spaced = sampler.spaced and not FAMILIES[family].flow
    return {
        "schedule": schedule if schedule in allowed or not allowed else "normal",
        "timestep_spacing": filled["timestep_spacing"] if spaced else None,
        "eta": min(filled["eta"], sampler.most_eta),
    }


def _prompt(requested: GenerationParameters) -> str:
    """Return the prompt, or the first value of a grid's axis of prompts where there is none."""
    if requested.prompt.strip():
        return requested.prompt
    lists = [axis.values for axis in requested.grid.axes if axis.field == "prompt"] if requested.grid else []
    return str(lists[0][0]) if lists else requested.prompt


def _task(requested: GenerationParameters) -> str:
    if requested.mask_image or requested.outpaint:
        return "inpaint"
    return "image_to_image" if requested.init_image else "text_to_image"


def _size(requested: GenerationParameters, task: str, defaults: CheckpointDefaults, init: Size | None) -> Size:
    """Return the size for a request without one: that of the init image, fitted to what the checkpoint allows."""
    if init is None:
        return defaults.width, defaults.height
    width, height = init
    if requested.outpaint and task == "inpaint":
        width += requested.outpaint.left + requested.outpaint.right
        height += requested.outpaint.top + requested.outpaint.bottom
    if defaults.sizes:
        return min(defaults.sizes, key=lambda size: (abs(math.log(size[0] / size[1] * height / width)), -size[0]))
    most = FAR_FROM_USUAL * defaults.width * defaults.height
    scale = min(1.0, (most / (width * height)) ** 0.5, ranges.LARGEST_SIDE / max(width, height))
    multiple = FAMILIES[defaults.family].size_multiple
    least = -(-int(ranges.RANGES["width"].least) // multiple) * multiple
    width, height = (max(least, round(side * scale / multiple) * multiple) for side in (width, height))
    return width, height


def _snapped(size: Size, defaults: CheckpointDefaults) -> Size:
    """Return the allowed size nearest to `size` (pixels); area counts half as much as aspect ratio.

    Distances are logarithmic, so that twice and half are equally far.
    """
    if defaults.sizes:
        return min(
            defaults.sizes,
            key=lambda allowed: (
                abs(math.log(allowed[0] / allowed[1] * size[1] / size[0]))
                + abs(math.log(allowed[0] * allowed[1] / (size[0] * size[1]))) / 2
            ),
        )
    multiple = FAMILIES[defaults.family].size_multiple
    width, height = (max(1, round(side / multiple)) * multiple for side in size)
    return width, height


def _with_prompts(resolved: ResolvedParameters, wildcards: Mapping[str, list[str]]) -> ResolvedParameters:
    """Return `resolved` with dynamic prompts expanded into one prompt for each image."""
    if resolved.image_prompts is not None or resolved.image_negative_prompts is not None:
        return _checked_lists(resolved)
    changes: dict[str, Any] = {}
    spending = Spending()
    generated = image_count(resolved) - originals(resolved)
    for field, per_image in (("prompt", "image_prompts"), ("negative_prompt", "image_negative_prompts")):
        cells = [_cell_prompt(resolved, number, field) for number in range(grids.cell_count(resolved.grid))]
        if not any(map(is_dynamic, dict.fromkeys(cells))):
            continue
        try:
            changes[per_image] = tuple(
                expand(
                    cells[image // resolved.count],
                    seed=_prompt_seed(resolved, image),
                    wildcards=wildcards,
                    spending=spending,
                )
                for image in range(generated)
            )
        except PromptRefused as refused:
            raise FieldRefused(field, f"{field}: {refused}") from refused
    return resolved.with_changes(**changes) if changes else resolved


def _cell_prompt(resolved: ResolvedParameters, number: int, field: str) -> str:
    raw = {"prompt": resolved.prompt, "negative_prompt": resolved.negative_prompt}
    grids.set_cell_prompts(raw, resolved.grid, number)
    return str(raw[field])


def _prompt_seed(resolved: ResolvedParameters, image: int) -> int:
    """Return the seed of a generated image's dynamic prompt: equal at the same place of each cell, to compare cells."""
    return resolved.seed + image % resolved.count


def _check_prompts(resolved: ResolvedParameters) -> None:
    """Refuse prompts that the pipelines could not encode, and invalid LoRA tags.

    Equal prompts are checked once, and different ones may have MOST_JOB_CHARACTERS together.
    """
    try:
        checked: set[tuple[str, bool, int]] = set()
        spending = Spending()
        for _, one in generated_images(resolved):
            for text, negative in ((one.prompt, False), (one.negative_prompt, True)):
                key = (text, negative, one.steps if "[" in text else 0)  # only editing counts steps
                if key not in checked:
                    checked.add(key)
                    spending.add(characters=len(text))
                    check_prompt(text, negative=negative, steps=one.steps)
    except PromptRefused as refused:
        raise FieldRefused("prompt", f"prompt: {refused}") from refused
    except ValidationError as error:  # a weight of a LoRA beyond its range
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise FieldRefused("prompt", f"prompt: {said}") from error


def _checked_lists(resolved: ResolvedParameters) -> ResolvedParameters:
    generated = image_count(resolved) - originals(resolved)
    for name in ("image_prompts", "image_negative_prompts"):
        listed = getattr(resolved, name)
        if listed is not None and len(listed) != generated:
            raise FieldRefused(name, f"{name} must be one for each of the {generated} images; got {len(listed)}")
    return resolved


def _check_count(resolved: ResolvedParameters) -> None:
    images = image_count(resolved)
    if resolved.grid and images > ranges.IMAGES_A_JOB:
        cells = grids.cell_count(resolved.grid)
        raise FieldRefused(
            "grid.axes",
            f"grid.axes: a grid must be 1 to {ranges.IMAGES_A_JOB} images; got {cells} cells of {resolved.count}",
        )
