"""Files that look like extra weights of every kind to whoever reads only their headers: right names, tiny numbers."""

import json

import numpy as np
from safetensors.numpy import save_file

TAGS = json.dumps({"10_fox": {"fox": 12, "snow": 5}, "5_owl": {"owl": 12, "snow": 9}})
KOHYA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
SHAPES = {
    "lora": {f"{KOHYA}.lora_down.weight": (8, 768), f"{KOHYA}.lora_up.weight": (320, 8), f"{KOHYA}.alpha": ()},
    "embedding": {"emb_params": (3, 768)},
    "vae": {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_in.weight": (512, 4, 3, 3)},
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
