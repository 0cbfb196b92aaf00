"""Trees of models as ComfyUI and A1111 keep them: 60 files with the true names of each format, and no weights.

The contents behind a header are a hole in the file, so that true widths take no room.
"""

import json
import math
import struct

import gguf
import numpy as np

from tests.support.model_tree_files import A1111, COMFYUI, GGUF

BYTES = {"F16": 2, "BF16": 2, "F32": 4, "F8_E4M3": 1, "U8": 1, "I8": 1}


def write_header(path, shapes, *, dtype="F16", metadata=None, dtypes=None):
    """Write a safetensors file whose tensors have these shapes, without their contents; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries, end = ({"__metadata__": metadata} if metadata else {}), 0
    for name, shape in shapes.items():
        kind = (dtypes or {}).get(name, dtype)
        length = math.prod(shape) * BYTES[kind]
        entries[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [end, end + length]}
        end += length
    text = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
    return path


def write_gguf(path, architecture, names, *, quantized="Q4_K", **texts):
    """Write a GGUF file with the package's own writer: matrices of 64 rows of this width; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, architecture)
    for key, text in texts.items():
        writer.add_string(key.replace("__", "."), text)
    writer.add_array("tokenizer.ggml.tokens", ["a", "fox"])
    kind = gguf.GGMLQuantizationType[quantized]
    block, length = gguf.GGML_QUANT_SIZES[kind]
    for name, width in names.items():
        writer.add_tensor(name, np.zeros((64, width // block * length), np.uint8), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def make_trees(folder):
    """Write the trees below `folder`; return, by path, what each file is and its state or code."""
    expected = {}
    for tree, files in (("ComfyUI/models", COMFYUI), ("stable-diffusion-webui", A1111)):
        for name, shapes, what, state, *options in files:
            path = write_header(folder / tree / name, shapes, **(options[0] if options else {}))
            expected[path] = (what, state)
    for name, architecture, tensors, what, state in GGUF:
        quantized = "Q8_0" if "Q8_0" in name else "Q4_K"
        path = write_gguf(folder / "ComfyUI/models" / name, architecture, tensors, quantized=quantized)
        expected[path] = (what, state)
    return expected
