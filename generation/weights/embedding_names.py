"""Names of the tensors of an embedding (textual inversion): the vectors for each text encoder of a family.

Layouts: A1111 (`emb_params`), files for Stable Diffusion XL (`clip_l`, `clip_g`, or one of them), and diffusers (one
tensor, named after its word).
"""

from collections.abc import Mapping

from generation.errors import GenerationError
from generation.families import newest_first

Shapes = Mapping[str, tuple[int, ...]]

# Text encoder of the pipeline by the name of a tensor, where a file tells encoders apart.
_BY_NAME: Mapping[str, str] = {"clip_l": "text_encoder", "clip_g": "text_encoder_2"}
PLAIN = frozenset({*_BY_NAME, "emb_params"})  # names that are not the embedding's word
_WIDE = 1280  # numbers of a vector of Stable Diffusion XL's second text encoder
# Vectors for other encoders, and vectors that are put in after the text encoder instead of before it.
_UNKNOWN = frozenset({"t5", "t5xxl", "qwen", "llama", "emb_params_out", "clip_l_out", "clip_g_out"})


def is_embedding(shapes: Shapes) -> bool:
    """Return whether a file with these tensors is an embedding."""
    return bool(PLAIN & shapes.keys()) or (len(shapes) == 1 and all(1 <= len(one) <= 2 for one in shapes.values()))


def vectors(shapes: Shapes, what: str) -> dict[str, str]:
    """Return the names of the tensors by text encoder ("text_encoder", "text_encoder_2").

    Args:
        shapes: of the file's tensors by name; vectors are (count, width) or (width,).
        what: the file's name, for the message.

    Raises:
        GenerationError: `adapter_invalid`, it has vectors that no text encoder here takes.
    """
    if unknown := _UNKNOWN & shapes.keys():
        raise GenerationError("adapter_invalid", f"{what} cannot be applied: it holds vectors for {min(unknown)}.")
    found = {encoder: name for name, encoder in _BY_NAME.items() if name in shapes}
    if not found:
        name = "emb_params" if "emb_params" in shapes else next(iter(shapes))
        found = {"text_encoder_2" if shapes[name][-1:] == (_WIDE,) else "text_encoder": name}
    for name in found.values():
        if not 1 <= len(shapes[name]) <= 2 or 0 in shapes[name]:
            raise GenerationError("adapter_invalid", f"{what} is damaged: {name} is no list of vectors.")
    return found


def family(found: Mapping[str, str], shapes: Shapes) -> str:
    """Return the family of an embedding, by the text encoders that it has vectors for and by its tensors' names."""
    names = {*found, *shapes}
    return next((one.key for one in newest_first() if names & set(one.names.embedding)), "")
