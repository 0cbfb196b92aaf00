"""SDXL's refiner: another denoiser that runs the last steps.

Podell et al. 2023, section 2.5, https://arxiv.org/abs/2307.01952: the base stops early and passes on its latents.
"""

from collections.abc import Callable
from typing import Any

import diffusers
import torch

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import check_finite, load_cached
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource

# Arguments that the passes of base and refiner share; the size comes with the latents.
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


def apply(adapters: AppliedAdapters) -> None:
    """Load the requested refiner."""
    requested = adapters.parameters.refiner
    if requested is None:
        return
    if adapters.parameters.task == "inpaint":
        raise GenerationError("refused", "The refiner does not work with inpainting; leave it out.")
    loaded = adapters.loaded
    source = adapters.get_source("refiner", requested.checkpoint)
    refiner = load_cached(source, loaded, lambda: _load(source, loaded))
    # One autoencoder for both: the refiner reads the base's latents.
    adapters.replace_part(refiner, "vae", adapters.parts.get("vae", loaded.pipe.vae))
    adapters.refiner = refiner


def get_base_pass_arguments(adapters: AppliedAdapters) -> dict[str, Any]:
    """Return the arguments that make the base's pass hand over to a refiner; none without a refiner."""
    requested = adapters.parameters.refiner
    return {} if requested is None else {"denoising_end": requested.start, "output_type": "latent"}


def refine(run: Callable[..., Any], adapters: AppliedAdapters, arguments: dict[str, Any], latents: torch.Tensor) -> Any:
    """Return the images that the refiner makes of the base's `latents`.

    Args:
        run: runs a pipeline with keyword arguments, a scheduler, previews and the callback, and returns its images.
        adapters: of the call, with a refiner.
        arguments: of the base's pass, without those of `get_base_pass_arguments`.
        latents: (images, 4, height / 8, width / 8), as the base left them.
    """
    requested = adapters.parameters.refiner
    assert requested is not None
    shared = {name: value for name, value in arguments.items() if name in SHARED}
    return run(adapters.refiner, {**shared, "image": latents, "denoising_start": requested.start})


def _load(source: WeightsSource, loaded: Loaded) -> Any:
    left_out = {"vae": None, "torch_dtype": loaded.dtype, "local_files_only": True}
    if source.path.is_dir():
        pipe = diffusers.StableDiffusionXLImg2ImgPipeline.from_pretrained(
            source.path, use_safetensors=True, add_watermarker=False, **left_out
        )
    else:
        raise GenerationError("adapter_invalid", f"{source.slug}: a refiner is added as a folder in diffusers format.")
    for part in pipe.components.values():
        check_finite(part.parameters() if isinstance(part, torch.nn.Module) else (), source)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(loaded.device.name)
