"""The tiny Flux in pieces, as people have it: a denoiser in one file, and its encoders and autoencoder beside it."""

import gguf
import torch
from safetensors.torch import save_file

from generation.pipelines.loading.parts import flux
from tests.support.tiny import checkpoints

BLOCKS = (
    ("transformer_blocks.0.", "double_blocks.0.", flux._DOUBLE, ("img_attn.qkv", "txt_attn.qkv")),
    ("single_transformer_blocks.0.", "single_blocks.0.", flux._SINGLE, ("linear1",)),
)


def original_names(transformer):
    """Return the tensors of a Flux under the names of its makers: the way back of what the loader does."""
    state, out = transformer.state_dict(), {}
    for end in ("weight", "bias"):
        scale, shift = state.pop(f"norm_out.linear.{end}").chunk(2)
        out[f"final_layer.adaLN_modulation.1.{end}"] = torch.cat([shift, scale])
        names = {f"{ours}.{end}": f"{theirs}.{end}" for theirs, ours in flux._OUTER.items()}
        for start, theirs, layers, joined in BLOCKS:
            for layer, ours in layers.items():
                names[f"{start}{ours}.{end}"] = f"{theirs}{layer}.{'scale' if 'norm.' in layer else end}"
            for layer in joined:
                parts = [state.pop(f"{start}{one}.{end}") for one in flux._JOINED[layer]]
                out[f"{theirs}{layer}.{end}"] = torch.cat(parts)
        out |= {new: state.pop(name) for name, new in names.items() if name in state}
    assert not state
    return {name: tensor.contiguous().clone() for name, tensor in out.items()}


def save_denoiser(path, *, names=original_names, prefix=""):
    """Write the denoiser alone; `names` gives the tensors of a transformer under some names."""
    tensors = names(checkpoints.example_of("flux").transformer)
    save_file({prefix + name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path)
    return path


def save_gguf(path):
    """Write the denoiser as GGUF: matrices in Q8_0, the rest in full; return the path."""
    writer = gguf.GGUFWriter(path, "flux")
    for name, tensor in original_names(checkpoints.example_of("flux").transformer).items():
        array = tensor.numpy()
        if array.ndim == 2 and array.shape[1] % 32 == 0:
            stored = gguf.quants.quantize(array, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, stored, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def save_parts(folder):
    """Write CLIP as a file, T5 as a folder with its tokenizer, and the autoencoder as a file; return them by part."""
    pipe = checkpoints.example_of("flux")
    folder.mkdir(parents=True, exist_ok=True)
    clip = {
        f"text_model.{name.removeprefix('text_model.')}": one for name, one in pipe.text_encoder.state_dict().items()
    }
    save_file({name: one.contiguous().clone() for name, one in clip.items()}, folder / "clip_l.safetensors")
    pipe.text_encoder_2.save_pretrained(folder / "t5")
    pipe.tokenizer_2.save_pretrained(folder / "t5")
    save_file(
        {name: one.contiguous().clone() for name, one in pipe.vae.state_dict().items()}, folder / "ae.safetensors"
    )
    return {
        "text_encoder": folder / "clip_l.safetensors",
        "text_encoder_2": folder / "t5",
        "vae": folder / "ae.safetensors",
    }
