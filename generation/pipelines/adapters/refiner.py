"""SDXL's refiner: another denoiser that draws the last steps.

Podell et al. 2023, section 2.5, https://arxiv.org/abs/2307.01952: the base stops early and hands its latents on.
"""

from collections.abc import Callable
from typing import Any

import diffusers
import torch

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import shelved
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource

# What a pass of the base and one of the refiner have in common; the size comes with the latents.
SHARED = (
    "prompt",
    "negative_prompt",
    "num_inference_steps",
    "guidance_scale",
    "num_images_per_prompt",
    "generator",
    "eta",
    "guidance_rescale",
    "output_type",
)


def put_on(fitted: AppliedAdapters) -> None:
    """Load the refiner of the wish."""
    use = fitted.parameters.refiner
    if use is None:
        return
    if fitted.parameters.task == "inpaint":
        raise GenerationError("refused", "The refiner cannot fill a mask; leave it out.")
    loaded = fitted.loaded
    source = fitted.source("refiner", use.checkpoint)
    refiner = shelved(source, loaded, lambda: _load(source, loaded))
    # One autoencoder for both: the refiner reads the base's latents.
    fitted.lend(refiner, "vae", fitted.parts.get("vae", loaded.pipe.vae))
    fitted.refiner = refiner


def stopping(fitted: AppliedAdapters) -> dict[str, Any]:
    """Return what the base's pass needs beside its arguments to hand over to a refiner; nothing where there is none."""
    use = fitted.parameters.refiner
    return {} if use is None else {"denoising_end": use.start, "output_type": "latent"}


def refine(run: Callable[..., Any], fitted: AppliedAdapters, arguments: dict[str, Any], latents: torch.Tensor) -> Any:
    """Return what the refiner makes of the base's `latents`.

    Args:
        run: runs a pipeline with keyword arguments, a scheduler, previews and the callback, and returns its images.
        fitted: with a refiner.
        arguments: those of the base's pass, without what `stopping` gave.
        latents: (images, 4, height / 8, width / 8), as the base left them.
    """
    use = fitted.parameters.refiner
    assert use is not None
    shared = {name: value for name, value in arguments.items() if name in SHARED}
    return run(fitted.refiner, {**shared, "image": latents, "denoising_start": use.start})


def _load(source: WeightsSource, loaded: Loaded) -> Any:
    left_out = {"vae": None, "torch_dtype": loaded.dtype, "local_files_only": True}
    if source.path.is_dir():
        pipe = diffusers.StableDiffusionXLImg2ImgPipeline.from_pretrained(
            source.path, use_safetensors=True, add_watermarker=False, **left_out
        )
    else:
        raise GenerationError("adapter_invalid", f"{source.slug}: a refiner is added as a folder in diffusers format.")
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(loaded.device.name)
