"""Loading of single `.safetensors` files of Stable Diffusion 1, 2 and XL without network access.

Such a file holds only weights. Widths and depths are read from its tensors' shapes; what shapes do not tell (heads,
activation, scaling of latents) is the same for every checkpoint of a kind and is in `_KINDS`. Both make a folder of
configs, with which diffusers converts the weights.
"""

import functools
import gzip
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from transformers import CLIPTokenizer

import generation
from generation.parameters.catalog import FAMILIES
from generation.weights.checkpoint_inspection import inspect_header, predicts
from generation.weights.safetensors_header import Header, read_header

_MERGES = Path(generation.__file__).parent / "weights" / "clip_vocabulary" / "merges.txt.gz"
_UNET = "model.diffusion_model."
_VAE = "first_stage_model."


@dataclass(frozen=True)
class _Names:
    """Names of a text encoder's tensors, without their common prefix."""

    layers: str
    words: str
    position: str
    wide: str
    act: str


_CLIP = _Names(
    layers="encoder.layers.",
    words="embeddings.token_embedding.weight",
    position="embeddings.position_embedding.weight",
    wide="encoder.layers.0.mlp.fc1.weight",
    act="quick_gelu",
)
_OPEN_CLIP = _Names(
    layers="transformer.resblocks.",
    words="token_embedding.weight",
    position="positional_embedding",
    wide="transformer.resblocks.0.mlp.c_fc.weight",
    act="gelu",
)


@dataclass(frozen=True)
class _Encoder:
    """One text encoder: the pipeline part it becomes and the prefix of its tensors' names."""

    part: str
    class_name: str
    start: str
    names: _Names
    dropped_layers: int = 0


@dataclass(frozen=True)
class _Kind:
    """Properties of a kind of checkpoint that the shapes in a file do not tell."""

    encoders: tuple[_Encoder, ...]
    scaling_factor: float
    heads: int | None  # of every attention; None: one for each 64 channels
    linear: bool
    force_upcast: bool = False


_KINDS: Mapping[str, _Kind] = {
    "sd1": _Kind(
        (_Encoder("text_encoder", "CLIPTextModel", "cond_stage_model.transformer.text_model.", _CLIP),),
        0.18215,
        heads=8,
        linear=False,
    ),
    # Version 2 was trained on the text encoder's last layer but one, so its last layer is never run.
    "sd2": _Kind(
        (_Encoder("text_encoder", "CLIPTextModel", "cond_stage_model.model.", _OPEN_CLIP, dropped_layers=1),),
        0.18215,
        heads=None,
        linear=True,
    ),
    "sdxl": _Kind(
        (
            _Encoder("text_encoder", "CLIPTextModel", "conditioner.embedders.0.transformer.text_model.", _CLIP),
            _Encoder(
                "text_encoder_2",
                "CLIPTextModelWithProjection",
                "conditioner.embedders.1.model.",
                _OPEN_CLIP,
            ),
        ),
        0.13025,
        heads=None,
        linear=True,
        force_upcast=True,
    ),
}


def load_single_file(path: Path, dtype: torch.dtype) -> Any:
    """Return the pipeline in `path`, with weights as `dtype`, on the CPU.

    Raises:
        GenerationError: `checkpoint_missing` or `checkpoint_invalid`, see `checkpoint_inspection.inspect`.
    """
    header = read_header(path)
    name, family = inspect_header(header, path.name)
    kind = _KINDS[name]
    pipeline = getattr(diffusers, FAMILIES[family].pipeline)
    tokenizers = {
        encoder.part.replace("text_encoder", "tokenizer"): clip_tokenizer(
            header.shapes[encoder.start + encoder.names.position][0],
            # Stable Diffusion XL pads its second text with "!" instead of the end token.
            pad="!" if encoder.part == "text_encoder_2" else "<|endoftext|>",
        )
        for encoder in kind.encoders
    }
    with tempfile.TemporaryDirectory(prefix="sdsite-config-") as folder:
        _write_configs(Path(folder), _configs(header, name, kind, family))
        return pipeline.from_single_file(
            str(path), config=folder, dtype=dtype, local_files_only=True, safety_checker=None, **tokenizers
        )


def clip_tokenizer(longest: int = 77, pad: str = "<|endoftext|>") -> CLIPTokenizer:
    """Return CLIP's tokenizer for texts of up to `longest` tokens, padded with `pad`."""
    vocabulary, merges = _clip_vocabulary()
    return CLIPTokenizer(vocab=dict(vocabulary), merges=list(merges), model_max_length=longest, pad_token=pad)


@functools.cache
def _clip_vocabulary() -> tuple[dict[str, int], list[Any]]:
    """Return token numbers and merges of byte-level BPE as CLIP orders them.

    The 256 bytes as printable characters, the same at a word's end, one token for each merge, start and end tokens
    (Radford et al. 2021, section 2.4; the byte alphabet is that of GPT-2).
    """
    lines = gzip.decompress(_MERGES.read_bytes()).decode("utf-8").splitlines()
    merges = [(first, second) for first, _, second in (line.partition(" ") for line in lines)]
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(hidden))]
    tokens = [*letters, *(letter + "</w>" for letter in letters), *(a + b for a, b in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {token: number for number, token in enumerate(tokens)}, merges


def _write_configs(folder: Path, configs: Mapping[str, Mapping[str, Any]]) -> None:
    for name, config in configs.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(config), encoding="utf-8")


def _configs(header: Header, name: str, kind: _Kind, family: str) -> dict[str, Mapping[str, Any]]:
    """Return the files of a config folder by their paths."""
    index: dict[str, Any] = {
        "_class_name": FAMILIES[family].pipeline,
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    configs: dict[str, Mapping[str, Any]] = {
        "unet/config.json": _unet_config(header, kind, family),
        "vae/config.json": _vae_config(header, kind),
        "scheduler/scheduler_config.json": _scheduler_config(header, name),
    }
    for encoder in kind.encoders:
        index[encoder.part] = ["transformers", encoder.class_name]
        index[encoder.part.replace("text_encoder", "tokenizer")] = ["transformers", "CLIPTokenizer"]
        configs[f"{encoder.part}/config.json"] = _encoder_config(header, encoder)
    return {"model_index.json": index, **configs}


def _unet_config(header: Header, kind: _Kind, family: str) -> dict[str, Any]:
    shapes = header.shapes
    per_level = 2  # residual blocks a level, in every published kind; the third block of a level halves the size
    inputs = header.layers(f"{_UNET}input_blocks.")
    firsts = range(1, inputs, per_level + 1)
    channels = [shapes[f"{_UNET}input_blocks.{first}.0.out_layers.3.weight"][0] for first in firsts]
    depths = [header.layers(f"{_UNET}input_blocks.{first}.1.transformer_blocks.") for first in firsts]
    keys = [name for name in shapes if name.startswith(_UNET) and name.endswith("attn2.to_k.weight")]
    down = ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths]
    config: dict[str, Any] = {
        "_class_name": "UNet2DConditionModel",
        "in_channels": shapes[f"{_UNET}input_blocks.0.0.weight"][1],
        "out_channels": shapes[f"{_UNET}out.2.weight"][0],
        "sample_size": FAMILIES[family].width // 8,
        "layers_per_block": per_level,
        "block_out_channels": channels,
        "down_block_types": down,
        "up_block_types": [block.replace("Down", "Up") for block in reversed(down)],
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "cross_attention_dim": shapes[keys[0]][1],
        # For historical reasons this option is the number of heads, whatever its name says.
        "attention_head_dim": [kind.heads or max(1, width // 64) for width in channels],
        "use_linear_projection": kind.linear,
    }
    if (label := shapes.get(f"{_UNET}label_emb.0.0.weight")) is not None:
        config |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": label[1],
        }
    return config


def _vae_config(header: Header, kind: _Kind) -> dict[str, Any]:
    levels = header.layers(f"{_VAE}encoder.down.")
    return {
        "_class_name": "AutoencoderKL",
        "block_out_channels": [
            header.shapes[f"{_VAE}encoder.down.{level}.block.0.conv1.weight"][0] for level in range(levels)
        ],
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "layers_per_block": header.layers(f"{_VAE}encoder.down.0.block."),
        "latent_channels": header.shapes[f"{_VAE}post_quant_conv.weight"][0],
        "scaling_factor": kind.scaling_factor,
        "force_upcast": kind.force_upcast,
    }


def _encoder_config(header: Header, encoder: _Encoder) -> dict[str, Any]:
    vocabulary, width = header.shapes[encoder.start + encoder.names.words]
    config: dict[str, Any] = {
        "model_type": "clip_text_model",
        "architectures": [encoder.class_name],
        "hidden_size": width,
        "intermediate_size": header.shapes[encoder.start + encoder.names.wide][0],
        "num_hidden_layers": header.layers(encoder.start + encoder.names.layers) - encoder.dropped_layers,
        "num_attention_heads": max(1, width // 64),
        "max_position_embeddings": header.shapes[encoder.start + encoder.names.position][0],
        "vocab_size": vocabulary,
        "hidden_act": encoder.names.act,
        "bos_token_id": vocabulary - 2,
        "eos_token_id": vocabulary - 1,
    }
    projection = header.shapes.get(f"{encoder.start}text_projection")
    return config | {"projection_dim": projection[1] if projection else width}


def _scheduler_config(header: Header, name: str) -> dict[str, Any]:
    zero_snr = "ztsnr" in header.shapes
    return {
        "_class_name": "EulerDiscreteScheduler",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "prediction_type": predicts(header, name),
        "timestep_spacing": "trailing" if zero_snr else "leading",
        "rescale_betas_zero_snr": zero_snr,
        "steps_offset": 1,
    }
