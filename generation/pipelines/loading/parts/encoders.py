"""Text encoders in a file or folder of their own: CLIP and T5, with their tokenizers."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from generation.errors import GenerationError
from generation.pipelines.loading.parts.tensors import Tensors, read_tensors
from generation.weights.parts.facts import needs_tokenizer, tokenizer_of
from generation.weights.reading import shown
from generation.weights.safetensors_header import Header

_CLIP_LAYER = "encoder.layers."


def load_clip(path: Path, dtype: torch.dtype) -> Any:
    """Return the text half of a CLIP."""
    if path.is_dir():
        return CLIPTextModel.from_pretrained(path, dtype=dtype, use_safetensors=True, local_files_only=True).eval()
    tensors = read_tensors(path, dtype)
    start = next(name for name in tensors if name.endswith("embeddings.token_embedding.weight"))
    start = start.removesuffix("embeddings.token_embedding.weight")
    return _filled(CLIPTextModel, _clip_config(_bare(tensors, start)), tensors, start, dtype)


def load_t5(path: Path, dtype: torch.dtype) -> Any:
    """Return the encoder of a T5."""
    if path.is_dir():
        return T5EncoderModel.from_pretrained(path, dtype=dtype, use_safetensors=True, local_files_only=True).eval()
    tensors = read_tensors(path, dtype)
    tensors.setdefault("shared.weight", tensors.get("encoder.embed_tokens.weight"))
    return _filled(T5EncoderModel, _t5_config(_bare(tensors, "")), tensors, "", dtype)


def load_tokenizer(path: Path) -> Any:
    """Return the tokenizer beside a T5."""
    folder = tokenizer_of(path)
    if folder is None:
        raise GenerationError("checkpoint_invalid", f"{shown(path)} lacks its tokenizer: {needs_tokenizer(path)}.")
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _filled(kind: Any, config: Any, tensors: Tensors, start: str, dtype: torch.dtype) -> Any:
    """Return a network of `kind` with the tensors whose names begin with `start`, however much of it they state."""
    with torch.device("meta"):
        wanted = kind(config).state_dict()
    renamed = {}
    for name in wanted:
        found = next((one for one in (start + name, start + name.removeprefix("text_model.")) if one in tensors), "")
        if not found:
            raise GenerationError("checkpoint_invalid", f"It lacks {name}, so it is no whole text encoder.")
        renamed[name] = tensors[found]
    return kind.from_pretrained(None, config=config, state_dict=renamed, dtype=dtype).eval()


def _bare(tensors: Tensors, start: str) -> Header:
    shapes = {name.removeprefix(start): tuple(one.shape) for name, one in tensors.items() if name.startswith(start)}
    return Header(shapes, {}, {})


def _clip_config(header: Header) -> CLIPTextConfig:
    words, width = header.shapes["embeddings.token_embedding.weight"]
    return CLIPTextConfig(
        vocab_size=words,
        hidden_size=width,
        intermediate_size=header.shapes[f"{_CLIP_LAYER}0.mlp.fc1.weight"][0],
        num_hidden_layers=header.layers(_CLIP_LAYER),
        num_attention_heads=max(1, width // 64),
        max_position_embeddings=header.shapes["embeddings.position_embedding.weight"][0],
        projection_dim=width,
        hidden_act="quick_gelu",
        bos_token_id=words - 2,
        eos_token_id=words - 1,
    )


def _t5_config(header: Header) -> T5Config:
    shapes, start = header.shapes, "encoder.block.0.layer."
    words, width = shapes["shared.weight"]
    buckets, heads = shapes[f"{start}0.SelfAttention.relative_attention_bias.weight"]
    gated = f"{start}1.DenseReluDense.wi_0.weight" in shapes  # as in T5 1.1
    return T5Config(
        vocab_size=words,
        d_model=width,
        d_kv=shapes[f"{start}0.SelfAttention.q.weight"][0] // heads,
        d_ff=shapes[f"{start}1.DenseReluDense.{'wi_0' if gated else 'wi'}.weight"][0],
        num_layers=header.layers("encoder.block."),
        num_heads=heads,
        relative_attention_num_buckets=buckets,
        feed_forward_proj="gated-gelu" if gated else "relu",
    )
