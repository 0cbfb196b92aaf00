"""ControlNet: a copy of the denoiser's first half that guides it by a control map (edges, lines, depth).

Zhang et al. 2023, https://arxiv.org/abs/2302.05543. The outputs of several at once are added up, each with its weight
and its range of steps.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any

import diffusers
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from PIL import Image, ImageOps

from generation.errors import GenerationError
from generation.families import FAMILIES, family_of_class
from generation.families.record import Control
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.controlnet_preprocessors import preprocess
from generation.pipelines.adapters.weights_cache import check_finite, load_cached, read_tensors
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource


def apply(adapters: AppliedAdapters) -> None:
    """Load the requested ControlNets and make their maps; pipelines get them in `AppliedAdapters.adapt`."""
    controls, input_images = adapters.parameters.controls, adapters.input_images.controls
    if not controls:
        return
    loaded = adapters.loaded
    if FAMILIES[loaded.family].control is None:
        raise GenerationError("refused", f"{loaded.source.slug} takes no ControlNet.")
    if len(input_images) != len(controls):
        raise GenerationError("refused", "controls: each needs its image.")
    sources = [adapters.get_source("controlnet", one.model) for one in controls]
    nets = [load_cached(source, loaded, partial(_load, source, loaded)) for source in sources]
    maps = [make_map(image, one.preprocessor, adapters) for one, image in zip(controls, input_images, strict=True)]
    weights, starts, ends = ([getattr(one, name) for one in controls] for name in ("weight", "start", "end"))
    alone = len(nets) == 1

    def wrap(pipe: Any, size: tuple[int, int]) -> tuple[Any, dict[str, Any]]:
        pipeline, name = _add_controlnets(pipe, nets[0] if alone else nets)
        # Some pipelines stretch a map of another size, others fail on it.
        resized = [one if one.size == size else one.resize(size, Image.Resampling.LANCZOS) for one in maps]
        return pipeline, {
            name: resized[0] if alone else resized,
            "controlnet_conditioning_scale": weights[0] if alone else weights,
            "control_guidance_start": starts[0] if alone else starts,
            "control_guidance_end": ends[0] if alone else ends,
        }

    adapters.wrappers.append(wrap)


def make_map(image: Image.Image, preprocessor: str, adapters: AppliedAdapters) -> Image.Image:
    """Return the control map of `image` at the job's size: resized by the requested resize mode, then preprocessed."""
    parameters = adapters.parameters
    size = (parameters.width, parameters.height)
    flat = _flatten(image)
    if parameters.resize_mode == "stretch":
        resized = flat.resize(size, Image.Resampling.LANCZOS)
    elif parameters.resize_mode == "letterbox":
        resized = ImageOps.pad(flat, size, Image.Resampling.LANCZOS)
    else:
        resized = ImageOps.fit(flat, size, Image.Resampling.LANCZOS)
    return preprocess(preprocessor, resized)


def _flatten(image: Image.Image) -> Image.Image:
    """Return `image` without transparency, on black as in maps."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    background = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(background, image.convert("RGBA")).convert("RGB")


def _controlled(class_name: str) -> tuple[str, str] | None:
    """Return the class with a ControlNet that does the task of a pipeline class, and its argument for the map."""
    family = FAMILIES.get(family_of_class(class_name))
    if family is None or family.control is None:
        return None
    task = next((task for task, name in family.tasks.items() if name == class_name), "")
    return family.control.pipelines.get(task)


def _add_controlnets(pipe: Any, nets: Any) -> tuple[Any, str]:
    """Return a pipeline of the parts of `pipe` with `nets`, and the name of its argument for the maps."""
    known = _controlled(type(pipe).__name__)
    if known is None:
        raise GenerationError("refused", f"{type(pipe).__name__} takes no ControlNet.")
    pipeline_class = getattr(diffusers, known[0])
    parts = {
        name: part
        for name, part in pipe.components.items()
        if name in pipeline_class._get_signature_keys(pipeline_class)[0]
    }
    options = {
        name: pipe.config[name] for name in pipeline_class._get_signature_keys(pipeline_class)[1] if name in pipe.config
    }
    options |= {"add_watermarker": False} if "XL" in known[0] else {}
    if known[0].startswith("StableDiffusion3"):
        parts["vae"] = _DeterministicVAE(pipe.vae)
    pipeline = pipeline_class(**{**parts, **options, "controlnet": nets})
    pipeline.set_progress_bar_config(disable=True)
    # Flux's would take the latents of a hires fix for an image.
    pipeline.image_processor.register_to_config(vae_latent_channels=pipe.vae.config.latent_channels)
    # The hooks that move modules to the device and back belong to the pipeline that set them.
    pipeline.maybe_free_model_hooks = pipe.maybe_free_model_hooks
    return pipeline, known[1]


class _DeterministicVAE:
    """An autoencoder whose encoder returns the mode of its distribution.

    Stable Diffusion 3's pipeline samples the encoding of the map without a generator, so no seed could reproduce the
    image.
    """

    def __init__(self, vae: Any) -> None:
        self._vae = vae

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vae, name)

    def encode(self, pixels: Any) -> Any:
        """Return the part of an autoencoder's output that the pipeline uses."""
        found = self._vae.encode(pixels).latent_dist
        return SimpleNamespace(latent_dist=SimpleNamespace(sample=found.mode))


def _load(source: WeightsSource, loaded: Loaded) -> Any:
    control = FAMILIES[loaded.family].control
    assert control is not None
    kind = getattr(diffusers, control.network)
    if source.path.is_dir():
        net = kind.from_pretrained(source.path, torch_dtype=loaded.dtype, use_safetensors=True, local_files_only=True)
        check_finite(net.parameters(), source)
    else:
        net = _from_file(source, loaded, control)
    _check(net, source, loaded)
    return net.to(device=loaded.device.name, dtype=loaded.dtype).eval()


def _from_file(source: WeightsSource, loaded: Loaded, control: Control) -> Any:
    """Return the ControlNet of a single file, in the shape of the checkpoint's own denoiser."""
    if not control.files:
        raise GenerationError("adapter_invalid", f"{source.slug}: add it as a folder in diffusers format.")
    tensors = read_tensors(source)
    net = diffusers.ControlNetModel.from_unet(loaded.pipe.unet, load_weights_from_unet=False)
    net.load_state_dict(convert_controlnet_checkpoint(tensors, net.config), strict=True)
    return net


def _check(net: Any, source: WeightsSource, loaded: Loaded) -> None:
    """Refuse a ControlNet of other widths than the denoiser: it would fail while denoising."""
    if getattr(net.config, "num_mode", None):
        raise GenerationError(
            "adapter_invalid",
            f"{source.slug} is for several kinds of maps; only ControlNets for one kind are supported.",
        )
    denoiser = getattr(loaded.pipe, "unet", None) or loaded.pipe.transformer
    for name in ("cross_attention_dim", "block_out_channels", "joint_attention_dim", "num_attention_heads"):
        theirs, ours = getattr(net.config, name, None), getattr(denoiser.config, name, None)
        if theirs is not None and ours is not None and _as_list(theirs) != _as_list(ours):
            raise GenerationError(
                "adapter_invalid", f"{source.slug} does not fit this checkpoint: its {name} is {theirs}, not {ours}."
            )


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
