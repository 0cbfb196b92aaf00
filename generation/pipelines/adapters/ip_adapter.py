"""IP-Adapter: a picture as a prompt.

Ye et al. 2023, https://arxiv.org/abs/2308.06721. The image encoder lies in a folder `image_encoder` beside the weights.
"""

from pathlib import Path
from typing import Any

from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import judged, read_tensors, shelved
from generation.pipelines.loading.load import Loaded
from generation.weights.sources import WeightsSource

FAMILIES = ("sd", "sdxl")


def put_on(fitted: AppliedAdapters) -> None:
    """Let the denoiser look at the picture of the wish."""
    use, picture = fitted.parameters.ip_adapter, fitted.input_images.ip_adapter
    if use is None:
        return
    if fitted.loaded.family not in FAMILIES:
        raise GenerationError("refused", f"{fitted.loaded.source.slug} takes no IP-Adapter.")
    if picture is None:
        raise GenerationError("refused", "ip_adapter.image is missing.")
    source = fitted.source("ip_adapter", use.model)
    encoder, processor = shelved(source, fitted.loaded, lambda: _load_encoder(source, fitted.loaded))
    fitted.parts |= {"image_encoder": encoder, "feature_extractor": processor}
    pipe = fitted.loaded.pipe
    for name in ("image_encoder", "feature_extractor"):
        fitted.lend(pipe, name, fitted.parts[name])
    _keep_denoiser(fitted)
    with judged(source):
        pipe.load_ip_adapter(_by_part(source), subfolder="", weight_name="", image_encoder_folder=None)
    pipe.set_ip_adapter_scale(use.weight)
    fitted.given["ip_adapter_image"] = picture.convert("RGB")


def _keep_denoiser(fitted: AppliedAdapters) -> None:
    """See to it that attention and projections of the denoiser are put back, the very same objects."""
    unet = fitted.loaded.pipe.unet
    attention, projection = dict(unet.attn_processors), unet.encoder_hid_proj
    kind = unet.config.encoder_hid_dim_type

    def put_back() -> None:
        unet.set_attn_processor(dict(attention))
        unet.encoder_hid_proj = projection
        unet.register_to_config(encoder_hid_dim_type=kind)

    fitted.stack.callback(put_back)


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
    side = encoder.config.image_size
    processor = CLIPImageProcessor(size=side, crop_size=side)
    encoder.to(loaded.device.name)  # type: ignore[arg-type]
    return encoder.eval(), processor


def _encoder_folder(path: Path) -> Path | None:
    beside = path if path.is_dir() else path.parent
    # As the makers publish them: models/ip-adapter.safetensors and models/image_encoder.
    return next((one for one in (beside / "image_encoder",) if (one / "config.json").is_file()), None)
