"""Loading of single `.safetensors` files of Stable Diffusion 1, 2 and XL without network access.

Such a file holds only weights. Widths and depths are read from its tensors' shapes; what shapes do not tell (heads,
activation, scaling of latents) is the same for every checkpoint of a kind and is in `KINDS`. Both make a folder of
configs, with which diffusers converts the weights.
"""

import functools
import gzip
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
from safetensors.torch import load_file
from transformers import CLIPTokenizer

import generation
from generation.families import FAMILIES
from generation.weights.reading import shown
from generation.weights.safetensors_header import Header, read_header
from generation.weights.single_file_inspection import has_zero_snr, inpaints, inspect_header, predicts
from generation.weights.single_file_tensors import BLOCKS_A_LEVEL, KINDS, UNET, VAE, Encoder, Kind, depth, levels
from generation.weights.storage import scale_name

_MERGES = Path(generation.__file__).parent / "weights" / "clip_vocabulary" / "merges.txt.gz"


def load_single_file(path: Path, dtype: torch.dtype) -> Any:
    """Return the pipeline in `path`, with weights as `dtype`, on the CPU.

    Raises:
        GenerationError: `checkpoint_missing` or `checkpoint_invalid`, see `checkpoint_inspection.inspect`.
    """
    stored = read_header(path)
    name, family = inspect_header(stored, shown(path))
    kind = KINDS[name]
    header = _with_current_names(stored, kind)
    pipeline = getattr(diffusers, _pipeline_name(header, family))
    parts: dict[str, Any] = {
        encoder.part.replace("text_encoder", "tokenizer"): clip_tokenizer(
            header.shapes[encoder.start + encoder.names.position][0],
            # Stable Diffusion XL pads its second text with "!" instead of the end token.
            pad="!" if encoder.part == "text_encoder_2" else "<|endoftext|>",
        )
        for encoder in kind.encoders
    }
    with tempfile.TemporaryDirectory(prefix="sdsite-config-") as folder:
        _write_configs(Path(folder), _configs(header, name, kind, family))
        if header is not stored or any(scale_name(one, stored.shapes) for one in stored.shapes):
            parts |= _load_converted(path, stored, kind, folder, dtype)
        return pipeline.from_single_file(
            str(path), config=folder, dtype=dtype, local_files_only=True, safety_checker=None, **parts
        )


def _current_name(name: str, kind: Kind) -> str:
    """Return the name that the loader looks for, of a tensor that an older file calls `name`."""
    for encoder in kind.encoders:
        if encoder.older_start and name.startswith(encoder.older_start) and not name.startswith(encoder.start):
            return encoder.start + name.removeprefix(encoder.older_start)
    return name


def _with_current_names(header: Header, kind: Kind) -> Header:
    """Return the header itself, or one with current names for an older file."""
    if not any(encoder.is_older(header) for encoder in kind.encoders):
        return header
    return Header(
        {_current_name(name, kind): shape for name, shape in header.shapes.items()},
        {_current_name(name, kind): dtype for name, dtype in header.dtypes.items()},
        header.metadata,
    )


def _load_converted(path: Path, stored: Header, kind: Kind, folder: str, dtype: torch.dtype) -> dict[str, Any]:
    """Return the networks of a file whose tensors are called or stored in a way that diffusers does not read."""
    tensors = {}
    scales = {name: found for name in stored.shapes if (found := scale_name(name, stored.shapes))}
    for name, tensor in load_file(path).items():
        tensors[_current_name(name, kind)] = tensor
    for name, found in scales.items():
        weight, scale = tensors[name].float(), tensors[found].float()
        # One scale for all, or one for each row.
        tensors[name] = (weight * scale.reshape(-1, *[1] * (weight.ndim - 1))).to(dtype)
    options: dict[str, Any] = {"config": folder, "local_files_only": True}
    parts = {
        "unet": diffusers.UNet2DConditionModel.from_single_file(tensors, subfolder="unet", dtype=dtype, **options),
        "vae": diffusers.AutoencoderKL.from_single_file(tensors, subfolder="vae", dtype=dtype, **options),
    }
    for encoder in kind.encoders:
        parts[encoder.part] = create_diffusers_clip_model_from_ldm(
            getattr(transformers, encoder.class_name), tensors, subfolder=encoder.part, torch_dtype=dtype, **options
        )
    return parts


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


def _configs(header: Header, name: str, kind: Kind, family: str) -> dict[str, Mapping[str, Any]]:
    """Return the files of a config folder by their paths."""
    index: dict[str, Any] = {
        "_class_name": _pipeline_name(header, family),
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


def _pipeline_name(header: Header, family: str) -> str:
    return FAMILIES[family].tasks["inpaint"] if inpaints(header, family) else FAMILIES[family].pipeline


def _unet_config(header: Header, kind: Kind, family: str) -> dict[str, Any]:
    shapes = header.shapes
    channels = [shapes[f"{UNET}input_blocks.{first}.0.out_layers.3.weight"][0] for first in levels(header)]
    depths = [depth(header, f"input_blocks.{first}") for first in levels(header)]
    keys = [name for name in shapes if name.startswith(UNET) and name.endswith("attn2.to_k.weight")]
    down = ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths]
    config: dict[str, Any] = {
        "_class_name": "UNet2DConditionModel",
        "in_channels": shapes[f"{UNET}input_blocks.0.0.weight"][1],
        "out_channels": shapes[f"{UNET}out.2.weight"][0],
        "sample_size": FAMILIES[family].width // 8,
        "layers_per_block": BLOCKS_A_LEVEL,
        "block_out_channels": channels,
        "down_block_types": down,
        "up_block_types": [block.replace("Down", "Up") for block in reversed(down)],
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "cross_attention_dim": shapes[keys[0]][1],
        # For historical reasons this option is the number of heads, whatever its name says.
        "attention_head_dim": [kind.heads or max(1, width // 64) for width in channels],
        "use_linear_projection": kind.linear,
    }
    if (label := shapes.get(f"{UNET}label_emb.0.0.weight")) is not None:
        config |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": label[1],
        }
    return config


def _vae_config(header: Header, kind: Kind) -> dict[str, Any]:
    levels = header.layers(f"{VAE}encoder.down.")
    return {
        "_class_name": "AutoencoderKL",
        "block_out_channels": [
            header.shapes[f"{VAE}encoder.down.{level}.block.0.conv1.weight"][0] for level in range(levels)
        ],
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "layers_per_block": header.layers(f"{VAE}encoder.down.0.block."),
        "latent_channels": header.shapes[f"{VAE}post_quant_conv.weight"][0],
        "scaling_factor": kind.scaling_factor,
        "force_upcast": kind.force_upcast,
    }


def _encoder_config(header: Header, encoder: Encoder) -> dict[str, Any]:
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
    zero_snr = has_zero_snr(header)
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
