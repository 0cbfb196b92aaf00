"""Notes on a job for its owner: fields that were changed, and defaults that were filled in and may surprise."""

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.schema import GenerationParameters, ResolvedParameters

_SHOWN = 200  # characters of a prompt in a sentence


def notes(requested: GenerationParameters, resolved: ResolvedParameters, defaults: CheckpointDefaults) -> list[str]:
    """Return sentences about what `resolve` changed or filled in; none where `requested` was kept."""
    said = []
    wanted = (requested.width or defaults.width, requested.height or defaults.height)
    size = (resolved.width, resolved.height)
    if (requested.width or requested.height) and wanted != size:
        sizes = "{}x{} instead of {}x{}".format(*size, *wanted)
        said.append(f"Generated at {sizes}, the nearest size that {defaults.slug} allows.")
    if requested.negative_prompt is None and resolved.negative_prompt:
        words = resolved.negative_prompt
        shown = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
        said.append(f"The negative prompt is that of {defaults.slug}: {shown}")
    if requested.vae is None and resolved.vae is not None:
        said.append(f"Decoded with {resolved.vae}, the VAE that {defaults.slug} is set to use.")
    return said
