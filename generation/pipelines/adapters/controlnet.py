"""ControlNet: a copy of the denoiser's first half that reads a map (edges, lines, depth) and leads the drawing.

Zhang et al. 2023, https://arxiv.org/abs/2302.05543. Several at once are added up, each with its weight and its share of
the steps.
"""

from collections.abc import Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import diffusers
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from PIL import Image, ImageOps

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.controlnet_preprocessors import preprocess
from generation.pipelines.adapters.weights_cache import read_tensors, shelved
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource

# What a pipeline is called once it has a ControlNet, and by which name it takes the map.
PIPELINES: Mapping[str, tuple[str, str]] = {
    "StableDiffusionPipeline": ("StableDiffusionControlNetPipeline", "image"),
    "StableDiffusionImg2ImgPipeline": ("StableDiffusionControlNetImg2ImgPipeline", "control_image"),
    "StableDiffusionInpaintPipeline": ("StableDiffusionControlNetInpaintPipeline", "control_image"),
    "StableDiffusionXLPipeline": ("StableDiffusionXLControlNetPipeline", "image"),
    "StableDiffusionXLImg2ImgPipeline": ("StableDiffusionXLControlNetImg2ImgPipeline", "control_image"),
    "StableDiffusionXLInpaintPipeline": ("StableDiffusionXLControlNetInpaintPipeline", "control_image"),
    "StableDiffusion3Pipeline": ("StableDiffusion3ControlNetPipeline", "control_image"),
    "FluxPipeline": ("FluxControlNetPipeline", "control_image"),
    "FluxImg2ImgPipeline": ("FluxControlNetImg2ImgPipeline", "control_image"),
    "FluxInpaintPipeline": ("FluxControlNetInpaintPipeline", "control_image"),
}
CLASSES: Mapping[str, str] = {
    "sd": "ControlNetModel",
    "sdxl": "ControlNetModel",
    "sd3": "SD3ControlNetModel",
    "flux": "FluxControlNetModel",
}


def put_on(fitted: AppliedAdapters) -> None:
    """Load the ControlNets of the wish and make their maps; pipelines get them in `Fitted.of`."""
    controls, input_images = fitted.parameters.controls, fitted.input_images.controls
    if not controls:
        return
    loaded = fitted.loaded
    if loaded.family not in CLASSES:
        raise GenerationError("refused", f"{loaded.source.slug} takes no ControlNet.")
    if len(input_images) != len(controls):
        raise GenerationError("refused", "controls: each needs its image.")
    sources = [fitted.source("controlnet", one.model) for one in controls]
    nets = [shelved(source, loaded, partial(_load, source, loaded)) for source in sources]
    maps = [make_map(picture, one.preprocessor, fitted) for one, picture in zip(controls, input_images, strict=True)]
    weights, starts, ends = ([getattr(one, name) for one in controls] for name in ("weight", "start", "end"))
    alone = len(nets) == 1

    def wrap(pipe: Any, size: tuple[int, int]) -> tuple[Any, dict[str, Any]]:
        made, name = _with_nets(pipe, nets[0] if alone else nets)
        # Pipelines stretch a map that does not fit, some; others stumble over it.
        fitting = [one if one.size == size else one.resize(size, Image.Resampling.LANCZOS) for one in maps]
        return made, {
            name: fitting[0] if alone else fitting,
            "controlnet_conditioning_scale": weights[0] if alone else weights,
            "control_guidance_start": starts[0] if alone else starts,
            "control_guidance_end": ends[0] if alone else ends,
        }

    fitted.wraps.append(wrap)


def make_map(picture: Image.Image, preprocessor: str, fitted: AppliedAdapters) -> Image.Image:
    """Return the map of `picture` in the size of the job: cut or stretched as the wish says, then preprocessed."""
    requested = fitted.parameters
    size = (requested.width, requested.height)
    flat = _flat(picture)
    if requested.resize_mode == "stretch":
        fitting = flat.resize(size, Image.Resampling.LANCZOS)
    elif requested.resize_mode == "letterbox":
        fitting = ImageOps.pad(flat, size, Image.Resampling.LANCZOS)
    else:
        fitting = ImageOps.fit(flat, size, Image.Resampling.LANCZOS)
    return preprocess(preprocessor, fitting)


def _flat(picture: Image.Image) -> Image.Image:
    """Return `picture` without transparency, on black: maps are drawn on black."""
    if "A" not in picture.getbands():
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def _with_nets(pipe: Any, nets: Any) -> tuple[Any, str]:
    """Return a pipeline around the parts of `pipe` with `nets`, and what it calls their map."""
    known = PIPELINES.get(type(pipe).__name__)
    if known is None:
        raise GenerationError("refused", f"No ControlNet can lead {type(pipe).__name__}.")
    made_of = getattr(diffusers, known[0])
    parts = {name: part for name, part in pipe.components.items() if name in made_of._get_signature_keys(made_of)[0]}
    options = {name: pipe.config[name] for name in made_of._get_signature_keys(made_of)[1] if name in pipe.config}
    options |= {"add_watermarker": False} if "XL" in known[0] else {}
    if known[0].startswith("StableDiffusion3"):
        parts["vae"] = _Certain(pipe.vae)
    made = made_of(**{**parts, **options, "controlnet": nets})
    made.set_progress_bar_config(disable=True)
    # Hooks that move modules to the device and back know the pipeline that set them.
    made.maybe_free_model_hooks = pipe.maybe_free_model_hooks
    return made, known[1]


class _Certain:
    """An autoencoder whose encoder gives the middle of its distribution.

    Stable Diffusion 3's pipeline takes a random point of it for the map, by no generator: no seed could bring the
    picture back.
    """

    def __init__(self, vae: Any) -> None:
        self._vae = vae

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vae, name)

    def encode(self, pixels: Any) -> Any:
        """Return what an autoencoder returns, as far as the pipeline looks."""
        found = self._vae.encode(pixels).latent_dist
        return SimpleNamespace(latent_dist=SimpleNamespace(sample=found.mode))


def _load(source: WeightsSource, loaded: Loaded) -> Any:
    kind = getattr(diffusers, CLASSES[loaded.family])
    if source.path.is_dir():
        net = kind.from_pretrained(source.path, torch_dtype=loaded.dtype, use_safetensors=True, local_files_only=True)
    else:
        net = _from_file(source, loaded)
    _check(net, source, loaded)
    return net.to(device=loaded.device.name, dtype=loaded.dtype).eval()


def _from_file(source: WeightsSource, loaded: Loaded) -> Any:
    """Return the ControlNet of a single file, in the shape of the checkpoint's own denoiser."""
    if loaded.family not in ("sd", "sdxl"):
        raise GenerationError("adapter_invalid", f"{source.slug}: add it as a folder in diffusers format.")
    tensors = read_tensors(source)
    net = diffusers.ControlNetModel.from_unet(loaded.pipe.unet, load_weights_from_unet=False)
    net.load_state_dict(convert_controlnet_checkpoint(tensors, net.config), strict=True)
    return net


def _check(net: Any, source: WeightsSource, loaded: Loaded) -> None:
    """Refuse a ControlNet of other widths than the denoiser: it would fail in the middle of drawing."""
    if getattr(net.config, "num_mode", None):
        raise GenerationError(
            "adapter_invalid", f"{source.slug} joins several kinds of maps; the studio takes one kind."
        )
    denoiser = getattr(loaded.pipe, "unet", None) or loaded.pipe.transformer
    for name in ("cross_attention_dim", "block_out_channels", "joint_attention_dim", "num_attention_heads"):
        theirs, ours = getattr(net.config, name, None), getattr(denoiser.config, name, None)
        if theirs is not None and ours is not None and _plain(theirs) != _plain(ours):
            raise GenerationError(
                "adapter_invalid", f"{source.slug} does not fit this checkpoint: its {name} is {theirs}, not {ours}."
            )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
