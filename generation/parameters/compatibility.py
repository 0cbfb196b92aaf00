"""Checks that the parameters of an image fit together and fit its checkpoint; each names the field at fault."""

from generation.families import FAMILIES, PARAMETERS, families_with
from generation.parameters import catalog, ranges
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.nested import REPLACE, Grid
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.validators import FieldRefused

# Fields that an axis cannot vary: the number of images, and what concerns the job as a whole.
_NOT_IN_A_GRID = frozenset(
    {
        "version",
        "task",
        "count",
        "batch_size",
        "grid",
        "image_prompts",
        "image_negative_prompts",
        "keep_original",
        "styles",
    }
)


def check_axes(grid: Grid) -> None:
    """Refuse axes over fields that are the same in every cell.

    Raises:
        FieldRefused: the message names the axis and the fields it may vary.
    """
    for number, axis in enumerate(grid.axes):
        head = axis.field.split(".")[0]
        known = head in GenerationParameters.model_fields and head not in _NOT_IN_A_GRID
        if axis.field != REPLACE and (not known or axis.field.endswith(".image")):
            allowed = [name for name in GenerationParameters.model_fields if name not in _NOT_IN_A_GRID]
            raise FieldRefused(
                f"grid.axes.{number}.field",
                f"grid.axes.{number}.field must be {REPLACE} or one of {', '.join(allowed)}; got {axis.field!r:.60}",
            )


def _check_input_images(image_parameters: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    task = image_parameters.task
    if task != "text_to_image" and image_parameters.init_image is None:
        raise FieldRefused("init_image", f"init_image is needed for task {task}")
    if task == "text_to_image" and (
        image_parameters.init_image or image_parameters.mask_image or image_parameters.outpaint
    ):
        raise FieldRefused("task", "task must be image_to_image or inpaint with an init image")
    if task == "inpaint" and image_parameters.mask_image is None and image_parameters.outpaint is None:
        raise FieldRefused("mask_image", "mask_image or outpaint is needed for task inpaint")
    if task in ("image_to_image", "upscale") and (image_parameters.mask_image or image_parameters.outpaint):
        raise FieldRefused("task", f"task must be inpaint with a mask or outpaint; got {task}")
    if image_parameters.keep_original and image_parameters.init_image is None:
        raise FieldRefused("keep_original", "keep_original needs an init_image")
    if image_parameters.variation_strength and task != "text_to_image":
        raise FieldRefused("variation_strength", f"variation_strength works with task text_to_image; got {task}")


def _check_size(image_parameters: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    if image_parameters.task == "upscale":
        return
    size = (image_parameters.width, image_parameters.height)
    multiple = FAMILIES[defaults.family].size_multiple
    for field, side in zip(("width", "height"), size, strict=True):
        if side % multiple:
            raise FieldRefused(field, f"{field} must be a multiple of {multiple} with {defaults.slug}; got {side}")
    if defaults.sizes and size not in defaults.sizes:
        allowed = ", ".join(f"{width}x{height}" for width, height in defaults.sizes)
        raise FieldRefused(
            "width" if all(image_parameters.width != width for width, _ in defaults.sizes) else "height",
            f"size must be {allowed} with {defaults.slug}; got {size[0]}x{size[1]}",
        )
    hires = image_parameters.hires.scale if image_parameters.hires else 1.0
    longest = max(size) * hires
    if image_parameters.hires and longest > 2 * ranges.LARGEST_SIDE:
        raise FieldRefused(
            "hires.scale",
            f"hires.scale: the longest side must be at most {2 * ranges.LARGEST_SIDE} pixels then; got {longest:.0f}",
        )
    if longest * image_parameters.upscale_by > ranges.LARGEST_FINISHED_SIDE:
        raise FieldRefused(
            "upscale_by",
            f"upscale_by: the longest side must be at most {ranges.LARGEST_FINISHED_SIDE} pixels in the end; "
            f"got {longest * image_parameters.upscale_by:.0f}",
        )


def _check_sampler(image_parameters: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    sampler = catalog.SAMPLERS[image_parameters.sampler]
    if defaults.family not in sampler.families:
        allowed = ", ".join(catalog.samplers_for(defaults.family))
        raise FieldRefused("sampler", f"{defaults.slug} works with {allowed}; got {sampler.key}")
    schedules = sampler.schedules_for(defaults.family)
    distilled = FAMILIES[defaults.family].guidance == "embedded"
    if distilled and image_parameters.guidance_scale < 0:
        raise FieldRefused(
            "guidance_scale",
            f"guidance_scale must be at least 0 with {defaults.slug}, whose guidance is distilled; "
            f"got {image_parameters.guidance_scale:g}",
        )
    if image_parameters.schedule not in schedules:
        raise FieldRefused(
            "schedule", f"sampler {sampler.key} takes schedule {', '.join(schedules)}; got {image_parameters.schedule}"
        )


def _check_family(image_parameters: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    """Refuse what the checkpoint's architecture does not support."""
    family = FAMILIES[defaults.family]
    task = image_parameters.task
    if task not in family.tasks and task != "upscale":
        raise FieldRefused("task", f"task must be one of {', '.join(family.tasks)} with {defaults.slug}; got {task}")
    if image_parameters.hires and task not in ("text_to_image", "image_to_image"):
        raise FieldRefused("hires", f"hires works with text_to_image and image_to_image; got {task}")
    if image_parameters.hires and "image_to_image" not in family.tasks:
        raise FieldRefused("hires", f"hires needs image_to_image, which {defaults.slug} does not do")
    for name in PARAMETERS:
        unset = GenerationParameters.model_fields[name].default
        if (
            getattr(image_parameters, name) not in (unset, 1 if name == "clip_skip" else unset)
            and name not in family.features
        ):
            labels = ", ".join(FAMILIES[key].label for key in families_with(name))
            raise FieldRefused(name, f"{name} works with {labels}; {defaults.slug} is {family.label}")


def _check_rescale(image_parameters: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    """Refuse `guidance_rescale` where the pipelines of diffusers do not take it."""
    if not image_parameters.guidance_rescale:
        return
    tasks = {image_parameters.task, *(["image_to_image"] if image_parameters.hires else [])}
    if image_parameters.controls or not tasks <= set(FAMILIES[defaults.family].rescales):
        raise FieldRefused(
            "guidance_rescale",
            "guidance_rescale works with Stable Diffusion's text_to_image in one pass, and with every task of "
            "Stable Diffusion XL; never with controls",
        )


CHECKS = (_check_input_images, _check_family, _check_size, _check_sampler, _check_rescale)
