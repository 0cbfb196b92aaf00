"""IP-Adapter: an image as a prompt.

Ye et al. 2023, https://arxiv.org/abs/2308.06721. The image encoder is in a folder `image_encoder` beside the weights.
"""

from pathlib import Path
from typing import Any

from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from generation.errors import GenerationError
from generation.families import families_with
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import adapter_errors, check_finite, load_cached, read_tensors
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource


def apply(adapters: AppliedAdapters) -> None:
    """Load the requested IP-Adapter into the denoiser and pass it the image."""
    requested, image = adapters.parameters.ip_adapter, adapters.input_images.ip_adapter
    if requested is None:
        return
    if adapters.loaded.family not in families_with("ip_adapter"):
        raise GenerationError("refused", f"{adapters.loaded.source.slug} takes no IP-Adapter.")
    if image is None:
        raise GenerationError("refused", "ip_adapter.image is missing.")
    source = adapters.get_source("ip_adapter", requested.model)
    encoder, processor = load_cached(source, adapters.loaded, lambda: _load_encoder(source, adapters.loaded))
    adapters.parts |= {"image_encoder": encoder, "feature_extractor": processor}
    pipe = adapters.loaded.pipe
    for name in ("image_encoder", "feature_extractor"):
        adapters.replace_part(pipe, name, adapters.parts[name])
    _keep_denoiser(adapters)
    with adapter_errors(source):
        pipe.load_ip_adapter(_by_part(source), subfolder="", weight_name="", image_encoder_folder=None)
    pipe.set_ip_adapter_scale(requested.weight)
    adapters.pass_arguments["ip_adapter_image"] = image.convert("RGB")


def _keep_denoiser(adapters: AppliedAdapters) -> None:
    """Restore the denoiser's attention processors and projection, the very same objects, at the end of the call."""
    unet = adapters.loaded.pipe.unet
    attention, projection = dict(unet.attn_processors), unet.encoder_hid_proj
    kind = unet.config.encoder_hid_dim_type

    def restore() -> None:
        unet.set_attn_processor(dict(attention))
        unet.encoder_hid_proj = projection
        unet.register_to_config(encoder_hid_dim_type=kind)

    adapters.stack.callback(restore)


def _by_part(source: WeightsSource) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in read_tensors(source).items():
        part, _, rest = name.partition(".")
        if part in parts:
            parts[part][rest] = tensor
    return parts


def _load_encoder(source: WeightsSource, loaded: Loaded) -> tuple[Any, Any]:
    folder = _encoder_folder(source.path)
    if folder is None:
        raise GenerationError(
            "adapter_missing",
            f"{source.slug} needs its image encoder: a folder image_encoder beside the weights, in diffusers format.",
        )
    encoder = CLIPVisionModelWithProjection.from_pretrained(
        folder, dtype=loaded.dtype, use_safetensors=True, local_files_only=True
    )
    check_finite(encoder.parameters(), source)
    side = encoder.config.image_size
    processor = CLIPImageProcessor(size=side, crop_size=side)
    encoder.to(loaded.storage_device)  # type: ignore[arg-type]
    return encoder.eval(), processor


def _encoder_folder(path: Path) -> Path | None:
    folder = path if path.is_dir() else path.parent
    # As published: models/ip-adapter.safetensors and models/image_encoder.
    return next((one for one in (folder / "image_encoder",) if (one / "config.json").is_file()), None)
