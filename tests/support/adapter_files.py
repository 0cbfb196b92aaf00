"""Files that look like extra weights of every kind to whoever reads only their headers: right names, tiny numbers."""

import json
import os
import struct

import numpy as np
from safetensors.numpy import save_file

from generation.weights.safetensors_header import Header
from generation.weights.single_file_tensors import autoencoder_tensors

TAGS = json.dumps({"10_fox": {"fox": 12, "snow": 5}, "5_owl": {"owl": 12, "snow": 9}})
KOHYA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
SHAPES = {
    "lora": {f"{KOHYA}.lora_down.weight": (8, 768), f"{KOHYA}.lora_up.weight": (320, 8), f"{KOHYA}.alpha": ()},
    "embedding": {"emb_params": (3, 768)},
    "vae": {
        **dict.fromkeys(autoencoder_tensors(Header({}, {}, {}), ""), (1,)),
        "encoder.conv_in.weight": (128, 3, 3, 3),
        "decoder.conv_in.weight": (512, 4, 3, 3),
    },
    "controlnet": {
        "control_model.input_hint_block.0.weight": (16, 3, 3, 3),
        "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
    },
    "ip_adapter": {"image_proj.proj.weight": (3072, 1024), "ip_adapter.1.to_k_ip.weight": (320, 2048)},
    "refiner": {"conditioner.embedders.0.model.ln_final.weight": (1280,)},
    "upscaler": {"model.0.weight": (64, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3)},
}


def write_weights(path, kind="lora", *, shapes=None, **metadata):
    """Write a .safetensors file whose header is that of a `kind`; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.zeros(shape, np.float16) for name, shape in (shapes or SHAPES[kind]).items()}
    save_file(tensors, path, metadata={name.replace("__", "."): value for name, value in metadata.items()} or None)
    return path


def make_adapter(kind, slug, path, **fields):
    """Return an adapter row, for Stable Diffusion 1 unless said otherwise."""
    from generation.models import Adapter

    family = "" if kind == "upscaler" else "sd"
    values = {"title": slug.title(), "location": str(path), "family": family, **fields}
    return Adapter.objects.create(kind=kind, slug=slug, **values)


def with_header(header, weights=bytes(16)):
    """Return the bytes of a safetensors file with this header: text, or what becomes JSON."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + weights


def _tensor(name, shape=(4,), dtype="F32", offsets=(0, 16)):
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


DOWN = f"{KOHYA}.lora_down.weight"
# Files that are no weights, by what is wrong with them.
BROKEN = {
    "empty": b"",
    "nested": with_header(b"[" * 5000),
    "nested metadata": with_header(_tensor("x.scalar") | {"__metadata__": {"ss_tag_frequency": "[" * 5000}}),
    "no tensors": with_header({"__metadata__": {}}),
    "no object": with_header([1, 2, 3]),
    "scalar": with_header(_tensor(DOWN, ()) | _tensor("x.lora_up.weight", (3,), offsets=(4, 16))),
    "gap": with_header(_tensor(DOWN, (2,), offsets=(8, 16))),
    "negative": with_header(_tensor(DOWN, (-2, -2))),
    "huge": with_header(b'{"x": {"dtype": "F32", "shape": [1e999], "data_offsets": [0, 16]}}'),
    "unknown dtype": with_header(_tensor(DOWN, dtype="Q4")),
    "cut off": with_header(_tensor(DOWN, offsets=(0, 16)), bytes(3)),
    "not JSON": with_header(b"\xff\xfe{"),
    "pickle": b"\x80\x04" + bytes(40),
}


def write_broken(folder):
    """Write every broken file and a named pipe into `folder`; return their names, without suffix."""
    for name, content in BROKEN.items():
        (folder / f"{name}.safetensors").write_bytes(content)
    os.mkfifo(folder / "pipe.safetensors")
    (folder / "two\nlines.safetensors").write_bytes(b"")
    return [*BROKEN, "pipe", "two\nlines"]
