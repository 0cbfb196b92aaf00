"""Replacement of the checkpoint's autoencoder (VAE) for one call."""

from typing import Any

import diffusers

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import check_finite, load_cached, read_tensors
from generation.pipelines.decode import IN_FULL
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.parts.autoencoders import vae_from_tensors
from generation.weights.sources import WeightsSource

# Keys of `Loaded.notes` under which things are kept that belong to the autoencoder in use.
_NOTES = ("latent_to_rgb", "no_latent_to_rgb", IN_FULL)


def apply(adapters: AppliedAdapters) -> None:
    """Replace the autoencoder with the requested one."""
    if adapters.parameters.vae is None:
        return
    loaded = adapters.loaded
    if not FAMILIES[loaded.family].latents.exchangeable:
        raise GenerationError("refused", f"{loaded.source.slug} takes no other autoencoder.")
    source = adapters.get_source("vae", adapters.parameters.vae)
    vae, kept_notes = load_cached(source, loaded, lambda: (_load(source, loaded), {}))
    adapters.parts["vae"] = vae
    _keep_notes(adapters, kept_notes)


def _keep_notes(adapters: AppliedAdapters, kept_notes: dict[str, Any]) -> None:
    """Let the call use what is known of this autoencoder, kept in `kept_notes`: its previews, how it decodes."""
    notes = adapters.loaded.notes
    own = {name: notes.pop(name) for name in _NOTES if name in notes}

    def restore() -> None:
        kept_notes.update({name: notes.pop(name) for name in _NOTES if name in notes})
        notes.update(own)

    notes.update(kept_notes)
    adapters.stack.callback(restore)


def _load(source: WeightsSource, loaded: Loaded) -> Any:
    own = loaded.pipe.vae
    if source.path.is_dir():
        vae = diffusers.AutoencoderKL.from_pretrained(
            source.path, torch_dtype=loaded.dtype, use_safetensors=True, local_files_only=True
        )
        check_finite(vae.parameters(), source)
    else:
        vae = _from_file(source, own).to(loaded.dtype)
    for name in ("latent_channels", "block_out_channels"):
        theirs, ours = vae.config[name], own.config[name]
        if theirs != ours and (name == "latent_channels" or len(theirs) != len(ours)):
            raise GenerationError(
                "adapter_invalid", f"{source.slug} does not fit this checkpoint: its {name} are {theirs}, not {ours}."
            )
    return vae.to(loaded.storage_device).eval()


def _from_file(source: WeightsSource, own: Any) -> Any:
    """Return the autoencoder of a single file, in the shape of the checkpoint's own; diffusers' or original names."""
    return vae_from_tensors(read_tensors(source), own.config)
