"""Checkpoints with random weights in the shapes of published ones, or tiny: images of noise at the real cost.

Sizes are those of the published configurations of Stable Diffusion 1.5 and XL 1.0. Flux.1 dev is cut to 6 of its 19
double and 12 of its 38 single blocks, and its second text encoder to 2 of 24 layers, so that it is written in seconds.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from generation.pipelines.loading.single_file import clip_tokenizer

PROMPT = "a red heart"
_NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
_CROSS, _DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
_UP_OF = {_CROSS: "CrossAttnUpBlock2D", _DOWN: "UpBlock2D"}

_CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
_CLIP_G = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
_TINY_CLIP = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 1}
_CLIP: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "real": (_CLIP_L, _CLIP_G),
    "tiny": (_TINY_CLIP, {**_TINY_CLIP, "hidden_size": 64}),
}
_AUTOENCODER: Mapping[str, dict[str, Any]] = {
    "real": {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2},
    "tiny": {"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1},
}
_SD: Mapping[str, dict[str, Any]] = {
    "real": {"blocks": (_CROSS, _CROSS, _CROSS, _DOWN), "block_out_channels": (320, 640, 1280, 1280)},
    "tiny": {"blocks": (_CROSS, _DOWN), "block_out_channels": (32, 64)},
}
_SDXL: Mapping[str, dict[str, Any]] = {
    "real": {
        "blocks": (_DOWN, _CROSS, _CROSS),
        "block_out_channels": (320, 640, 1280),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
    },
    "tiny": {
        "blocks": (_DOWN, _CROSS),
        "block_out_channels": (32, 64),
        "transformer_layers_per_block": (1, 2),
        "attention_head_dim": (1, 1),
    },
}
_FLUX: Mapping[str, dict[str, Any]] = {
    "real": {
        "num_layers": 6,
        "num_single_layers": 12,
        "attention_head_dim": 128,
        "num_attention_heads": 24,
        "axes_dims_rope": (16, 56, 56),
    },
    "tiny": {
        "num_layers": 1,
        "num_single_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "axes_dims_rope": (4, 6, 6),
    },
}
_T5: Mapping[str, dict[str, Any]] = {
    "real": {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 2, "num_heads": 64},
    "tiny": {"d_model": 32, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
}


def write_checkpoint(family: str, folder: Path, *, size: str, device: str, dtype: torch.dtype) -> Path:
    """Write a checkpoint in diffusers format and return its folder.

    Args:
        family: "sd", "sdxl" or "flux".
        folder: to write to; made if missing.
        size: "real" (2, 7 and 9 GB in 16 bit) or "tiny" (a few MB).
        device: where the weights are made: a GPU fills them in seconds.
        dtype: of the weights in the files.
    """
    with created_on(device, dtype), torch.no_grad():
        BUILDERS[family](size).save_pretrained(folder, max_shard_size="20GB")
    return folder


def write_lora(checkpoint: Path, path: Path, *, wrong_width: bool = False) -> Path:
    """Write a LoRA of rank 4 for the attention of a Stable Diffusion or XL checkpoint; `wrong_width`: it fits none."""
    unet = diffusers.UNet2DConditionModel.from_pretrained(checkpoint, subfolder="unet", dtype=torch.float32)
    generator, tensors = torch.Generator().manual_seed(1), {}
    for name, layer in unet.named_modules():
        if isinstance(layer, torch.nn.Linear) and name.endswith((".to_q", ".to_v")):
            width = layer.in_features + int(wrong_width)
            tensors[f"unet.{name}.lora_A.weight"] = torch.randn(4, width, generator=generator) * 0.02
            tensors[f"unet.{name}.lora_B.weight"] = torch.randn(layer.out_features, 4, generator=generator) * 0.02
    save_file(tensors, path)
    return path


def write_embedding(checkpoint: Path, path: Path) -> Path:
    """Write a textual inversion embedding of two vectors for a Stable Diffusion checkpoint."""
    width = transformers.CLIPTextConfig.from_pretrained(checkpoint / "text_encoder").hidden_size
    save_file({"emb_params": torch.randn(2, width, generator=torch.Generator().manual_seed(1))}, path)
    return path


def write_controlnet(checkpoint: Path, folder: Path) -> Path:
    """Write a ControlNet made of the denoiser of a Stable Diffusion or XL checkpoint."""
    unet = diffusers.UNet2DConditionModel.from_pretrained(checkpoint, subfolder="unet", dtype=torch.float32)
    diffusers.ControlNetModel.from_unet(unet).save_pretrained(folder)
    return folder


def _sd(size: str) -> Any:
    return diffusers.StableDiffusionPipeline(
        vae=_autoencoder(size, scaling_factor=0.18215),
        text_encoder=_clip(transformers.CLIPTextModel, _CLIP[size][0]),
        tokenizer=clip_tokenizer(),
        unet=_unet(_SD[size], sample_size=64, cross_attention_dim=_CLIP[size][0]["hidden_size"], attention_head_dim=8),
        scheduler=diffusers.DDIMScheduler(**_NOISE, set_alpha_to_one=False, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl(size: str) -> Any:
    first, second = _CLIP[size]
    unet = _unet(
        _SDXL[size],
        sample_size=128,
        cross_attention_dim=first["hidden_size"] + second["hidden_size"],
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=second["hidden_size"] + 6 * 256,
    )
    return diffusers.StableDiffusionXLPipeline(
        vae=_autoencoder(size, scaling_factor=0.13025, force_upcast=True),
        text_encoder=_clip(transformers.CLIPTextModel, first),
        text_encoder_2=_clip(transformers.CLIPTextModelWithProjection, second, hidden_act="gelu"),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(pad="!"),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(**_NOISE, timestep_spacing="leading"),
        add_watermarker=False,
    )


def _flux(size: str) -> Any:
    first, t5 = _CLIP[size][0], _T5[size]
    transformer: Any = diffusers.FluxTransformer2DModel(
        in_channels=64,
        joint_attention_dim=t5["d_model"],
        pooled_projection_dim=first["hidden_size"],
        guidance_embeds=True,
        **_FLUX[size],
    )
    return diffusers.FluxPipeline(
        transformer=transformer.eval(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=_autoencoder(
            size,
            latent_channels=16,
            scaling_factor=0.3611,
            shift_factor=0.1159,
            use_quant_conv=False,
            use_post_quant_conv=False,
        ),
        text_encoder=_clip(transformers.CLIPTextModel, first),
        tokenizer=clip_tokenizer(),
        text_encoder_2=transformers.T5EncoderModel(transformers.T5Config(vocab_size=200, **t5)).eval(),
        tokenizer_2=_word_tokenizer(),
    )


BUILDERS: Mapping[str, Callable[[str], Any]] = {"sd": _sd, "sdxl": _sdxl, "flux": _flux}


def _unet(shape: Mapping[str, Any], **config: Any) -> Any:
    down = shape["blocks"]
    unet: Any = diffusers.UNet2DConditionModel(
        down_block_types=down,
        up_block_types=tuple(_UP_OF[kind] for kind in reversed(down)),
        layers_per_block=2,
        **{name: value for name, value in shape.items() if name != "blocks"},
        **config,
    )
    return unet.eval()


def _autoencoder(size: str, **config: Any) -> Any:
    levels = 4
    vae: Any = diffusers.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        **_AUTOENCODER[size],
        **config,
    )
    return vae.eval()


def _clip(kind: Any, shape: Mapping[str, Any], hidden_act: str = "quick_gelu") -> Any:
    config = transformers.CLIPTextConfig(
        vocab_size=49408,
        projection_dim=shape["hidden_size"],
        hidden_act=hidden_act,
        bos_token_id=49406,
        eos_token_id=49407,
        **shape,
    )
    return kind(config).eval()


def _word_tokenizer() -> Any:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106  the name of a token, no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator((PROMPT,), trainer)
    names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names)


@contextmanager
def created_on(device: str, dtype: torch.dtype) -> Iterator[None]:
    """Let new modules have their weights on `device` in `dtype`: casting seven gigabytes later takes longer."""
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)
