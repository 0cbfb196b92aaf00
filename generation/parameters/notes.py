"""Notes on a job for its owner: fields that were changed, and defaults that were filled in and may surprise."""

from collections.abc import Iterator

from generation.families import FAMILIES
from generation.parameters import catalog
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.sampler_names import find_schedule, schedule_label
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.speed import draft_of

_SHOWN = 200  # characters of a prompt in a sentence


def notes(requested: GenerationParameters, resolved: ResolvedParameters, defaults: CheckpointDefaults) -> list[str]:
    """Return sentences about what `resolve` changed or filled in; none where `requested` was kept."""
    said = []
    wanted = (requested.width or defaults.width, requested.height or defaults.height)
    size = (resolved.width, resolved.height)
    if (requested.width or requested.height) and wanted != size:
        sizes = "{}x{} instead of {}x{}".format(*size, *wanted)
        said.append(f"Generated at {sizes}, the nearest size that {defaults.slug} allows.")
    said += _sampling(requested, resolved, defaults)
    if requested.negative_prompt is None and resolved.negative_prompt:
        words = resolved.negative_prompt
        shown = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
        said.append(f"The negative prompt is that of {defaults.slug}: {shown}")
    if requested.vae is None and resolved.vae is not None:
        said.append(f"Decoded with {resolved.vae}, the VAE that {defaults.slug} is set to use.")
    return [*said, *_speed(requested, resolved, defaults)]


def _speed(
    requested: GenerationParameters, resolved: ResolvedParameters, defaults: CheckpointDefaults
) -> Iterator[str]:
    """Yield the speed mode where the site chose another than exact, and what makes a draft quicker."""
    if requested.speed_mode is None and resolved.speed_mode != "exact":
        yield f"Speed mode {resolved.speed_mode}, the default here; exact is another choice."
    if resolved.speed_mode != "draft":
        return
    draft = draft_of(resolved, defaults.family, defaults.few_step)
    if draft.step_cache is not None:
        yield "Draft: what changes little from step to step is not computed again (first block cache)."
    elif draft.parameters.steps < resolved.steps:
        lora = len(draft.parameters.loras) > len(resolved.loras)
        how = f", without guidance, by the LoRA {draft.parameters.loras[-1].name}" if lora else ""
        yield f"Draft: {draft.parameters.steps} of {resolved.steps} steps{how}."
    elif not draft.techniques:
        yield "Draft: these steps are as few as a draft takes, so nothing differs from exact."


def _sampling(
    requested: GenerationParameters, resolved: ResolvedParameters, defaults: CheckpointDefaults
) -> Iterator[str]:
    """Yield what the sampler does not take: schedule, timestep spacing, eta."""
    sampler = catalog.SAMPLERS[resolved.sampler]
    named = find_schedule(requested.schedule) if requested.schedule else None
    if named is not None and (not named.exact or named.schedule != resolved.schedule):
        used = schedule_label(resolved.schedule, None)
        said = f"{sampler.label} has no schedule {named.label} here"
        yield (
            f"{said}: {used}, the nearest, was used." if named.exact else f"Schedule {named.label}: {used} is nearest."
        )
    spacing = "trailing" if FAMILIES[defaults.family].flow else resolved.timestep_spacing
    if requested.timestep_spacing not in (None, spacing):
        yield f"{sampler.label} has its own time steps: timestep spacing {requested.timestep_spacing} was not used."
    if requested.eta is not None and requested.eta > sampler.most_eta:
        yield f"{sampler.label} adds all noise with eta {sampler.most_eta:g}: that was used, not {requested.eta:g}."
