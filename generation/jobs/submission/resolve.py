"""Resolve requested parameters with the site's rows: styles, wildcards, input images, limits and adapters."""

from gallery.actions.uploads import store_upload
from generation.errors import JobRefused
from generation.jobs.submission.adapter_checks import check_adapters
from generation.jobs.submission.input_images import Keep, store_input_images
from generation.jobs.submission.prompt_library import wildcards_for, with_styles
from generation.limits import Limits, check_limits, find_checkpoint
from generation.models import Checkpoint
from generation.parameters.adapters import prompt_texts
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.nested import REPLACE
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.validators import FieldRefused
from sdsite.accounts.models import User


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
    try:
        resolved = resolve(
            stored.requested,
            checkpoint.defaults(),
            input_images=stored.sizes,
            wildcards=wildcards_for(_texts(requested)),
            defaults_of=lambda slug: _defaults_of(slug, limits),
        )
    except FieldRefused as refused:
        raise JobRefused("invalid_parameters", str(refused), fields={refused.field: str(refused)}) from refused
    check_limits(resolved, limits)
    check_adapters(resolved, checkpoint)
    return resolved


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
