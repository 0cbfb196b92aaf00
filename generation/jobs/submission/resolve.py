"""Resolve requested parameters with the site's rows: styles, wildcards, input images, limits and adapters."""

from gallery.actions.uploads import store_upload
from generation.errors import GenerationError, JobRefused
from generation.jobs.submission.adapter_checks import check_adapters, find_adapter
from generation.jobs.submission.input_images import Keep, store_input_images
from generation.jobs.submission.prompt_library import wildcards_for, with_styles
from generation.limits import Limits, check_limits, default_speed_mode, find_checkpoint
from generation.models import Adapter, Checkpoint
from generation.parameters.adapters import prompt_texts
from generation.parameters.catalog import UPSCALERS
from generation.parameters.defaults import CheckpointDefaults, Size
from generation.parameters.nested import REPLACE
from generation.parameters.ranges import LARGEST_FINISHED_SIDE
from generation.parameters.resolve import get_upscaler, resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.validators import FieldRefused
from generation.weights.adapter_inspection import inspect_weights
from sdsite.accounts.models import User

USUAL_FACTOR = 2.0  # of task upscale where the upscaler has no factor of its own


def resolve_request(
    requested: GenerationParameters, *, owner: User, checkpoint: Checkpoint, limits: Limits, keep: Keep = store_upload
) -> ResolvedParameters:
    """Return the complete parameters: styles merged, input images stored, wildcards expanded, everything checked.

    `keep` creates uploads of input images. It may fetch images, so do not call it inside a transaction.

    Raises:
        JobRefused: `invalid_parameters` and what `store_input_images`, `with_styles`, `check_limits` and
            `check_adapters` refuse.
    """
    requested = with_styles(requested, owner)
    stored = store_input_images(requested, owner, keep)
    size = stored.sizes.get("init_image")
    try:
        resolved = resolve(
            _with_own_factor(stored.requested, checkpoint, size),
            checkpoint.defaults(),
            input_images=stored.sizes,
            wildcards=wildcards_for(_texts(requested)),
            defaults_of=lambda slug: _defaults_of(slug, limits),
            speed_mode=default_speed_mode(limits),
        )
    except FieldRefused as refused:
        raise JobRefused("invalid_parameters", str(refused), fields={refused.field: str(refused)}) from refused
    _check_upscaled_size(resolved, size)
    check_limits(resolved, limits)
    check_adapters(resolved, checkpoint, limits)
    return resolved


def _with_own_factor(
    requested: GenerationParameters, checkpoint: Checkpoint, size: Size | None
) -> GenerationParameters:
    """Return `requested` with the upscaler's own factor where task `upscale` names none, as far as sizes may grow."""
    if requested.task != "upscale" or requested.upscale_by is not None:
        return requested
    name = get_upscaler(requested, checkpoint.defaults())
    network = None if name in UPSCALERS else find_adapter(Adapter.Kind.UPSCALER, name, family=checkpoint.family)
    factor = float((network and _scale(network)) or USUAL_FACTOR)
    most = LARGEST_FINISHED_SIDE / max(size) if size else factor
    return requested.model_copy(update={"upscale_by": max(1.0, min(factor, most))})


def _scale(upscaler: Adapter) -> int | None:
    """Return the factor of a network; read from its file where its row is older than the column."""
    stored = upscaler.meta.get("scale")
    if stored:
        return int(stored)
    try:
        found: int | None = inspect_weights(upscaler.kind, upscaler.path).meta.get("scale")
    except GenerationError:
        return None
    return found


def _check_upscaled_size(resolved: ResolvedParameters, size: Size | None) -> None:
    """Refuse task `upscale` for an image that would become larger than the site's images may be.

    Raises:
        JobRefused: `invalid_parameters`.
    """
    if resolved.task != "upscale" or size is None:
        return
    factor = max(image_parameters.upscale_by for image_parameters in resolved.images)
    if factor > 1 and factor * max(size) > LARGEST_FINISHED_SIDE:
        message = (
            f"upscale_by: the longest side must be at most {LARGEST_FINISHED_SIDE} pixels in the end; "
            f"got {factor * max(size):.0f}"
        )
        raise JobRefused("invalid_parameters", message, fields={"upscale_by": message})


def _texts(requested: GenerationParameters) -> list[str]:
    """Return every text that may name a wildcard, including the values of a grid's axes."""
    axes = requested.grid.axes if requested.grid else ()
    prompts = [axis for axis in axes if axis.field in ("prompt", "negative_prompt", REPLACE)]
    return [*prompt_texts(requested), *(str(value) for axis in prompts for value in axis.values)]


def _defaults_of(slug: str, limits: Limits) -> CheckpointDefaults:
    try:
        return find_checkpoint(slug, limits).defaults()
    except JobRefused as refused:
        raise FieldRefused("grid.axes", f"grid.axes: {refused}") from refused
