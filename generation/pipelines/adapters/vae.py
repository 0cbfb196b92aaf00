"""Another autoencoder in the place of the checkpoint's own, for one call."""

from typing import Any

import diffusers
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import read_tensors, shelved
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource

# How tiles and slices are set on the checkpoint's own.
_SETTINGS = ("use_tiling", "use_slicing", "tile_sample_min_size", "tile_latent_min_size")

# What `painting` notes about the checkpoint's own.
_PAINTED_BY = ("painter", "no_painter")


def put_on(fitted: AppliedAdapters) -> None:
    """Put in the autoencoder of the wish."""
    if fitted.parameters.vae is None:
        return
    loaded = fitted.loaded
    source = fitted.source("vae", fitted.parameters.vae)
    vae, seen = shelved(source, loaded, lambda: (_load(source, loaded), {}))
    own = loaded.pipe.vae
    for name in _SETTINGS:
        if hasattr(own, name):
            setattr(vae, name, getattr(own, name))
    fitted.parts["vae"] = vae
    _keep_colours(fitted, seen)


def _keep_colours(fitted: AppliedAdapters, seen: dict[str, Any]) -> None:
    """Let previews be painted by what fits this autoencoder, kept in `seen`, and afterwards as before."""
    notes = fitted.loaded.notes
    own = {name: notes.pop(name) for name in _PAINTED_BY if name in notes}

    def put_back() -> None:
        seen.update({name: notes.pop(name) for name in _PAINTED_BY if name in notes})
        notes.update(own)

    notes.update(seen)
    fitted.stack.callback(put_back)


def _load(source: WeightsSource, loaded: Loaded) -> Any:
    own = loaded.pipe.vae
    if source.path.is_dir():
        vae = diffusers.AutoencoderKL.from_pretrained(
            source.path, torch_dtype=loaded.dtype, use_safetensors=True, local_files_only=True
        )
    else:
        vae = _from_file(source, own).to(loaded.dtype)
    for name in ("latent_channels", "block_out_channels"):
        theirs, ours = vae.config[name], own.config[name]
        if theirs != ours and (name == "latent_channels" or len(theirs) != len(ours)):
            raise GenerationError(
                "adapter_invalid", f"{source.slug} does not fit this checkpoint: its {name} are {theirs}, not {ours}."
            )
    return vae.to(loaded.device.name).eval()


def _from_file(source: WeightsSource, own: Any) -> Any:
    """Return the autoencoder of a single file: in the shape of the checkpoint's own, under either kind of names."""
    tensors = read_tensors(source)
    vae = diffusers.AutoencoderKL.from_config(own.config)
    if any(".down_blocks." in name for name in tensors):
        tensors = {name.removeprefix("vae."): tensor for name, tensor in tensors.items()}
    else:
        tensors = convert_ldm_vae_checkpoint(tensors, own.config)
    # Attention in old files is a convolution of one pixel.
    shapes = {name: tensor.shape for name, tensor in vae.state_dict().items()}
    fitting = {
        name: tensor.reshape(shapes[name]) if name in shapes and tensor.numel() == shapes[name].numel() else tensor
        for name, tensor in tensors.items()
    }
    vae.load_state_dict(fitting, strict=True)
    return vae
