"""Which text encoder a file holds, by the names and widths of its tensors."""

from generation.weights.recognition import fingerprints
from generation.weights.recognition.recognized import Recognized
from generation.weights.safetensors_header import Header

Shapes = dict[str, tuple[int, ...]]


def find_text_encoder(header: Header) -> Recognized | None:
    """Return the text or image encoder, or the language model, in a file with this header; None for none."""
    shapes = header.shapes
    return _t5(shapes) or _clip(shapes) or _chat(shapes)


def _t5(shapes: Shapes) -> Recognized | None:
    if fingerprints.T5_LAYER not in shapes:
        return None
    words, width = next((shapes[name] for name in fingerprints.T5_WORDS if len(shapes.get(name, ())) == 2), (0, 0))
    size = fingerprints.T5_SIZES.get(width, "")
    if size == "t5_xxl" and words > fingerprints.UMT5_WORDS:
        size = "umt5_xxl"
    return Recognized("text_encoder", size or f"t5 of width {width}", "original")


def _clip(shapes: Shapes) -> Recognized | None:
    """CLIP's text half, with names of transformers or OpenCLIP; an image half beside it does not matter."""
    found = next((name for name in shapes if name.endswith(fingerprints.CLIP_WORDS)), "")
    if not found and fingerprints.OPEN_CLIP_LAYER in shapes:
        found = "token_embedding.weight"
    width = shapes.get(found, ())[-1:]
    if width:
        return Recognized("text_encoder", fingerprints.CLIP_SIZES.get(width[0], f"clip of width {width[0]}"))
    if any(name.startswith(("vision_model.embeddings.", "visual.transformer.")) for name in shapes):
        return Recognized("image_encoder")
    return None


def _chat(shapes: Shapes) -> Recognized | None:
    """Decoders such as Qwen's, which read the prompts of newer families; of unknown sizes: language models."""
    for prefix in fingerprints.CHAT_PREFIXES:
        for kind, mark in fingerprints.CHAT_MARKS:
            if prefix + mark in shapes:
                width = shapes.get(prefix + fingerprints.CHAT_WORDS, (0,))[-1]
                size = fingerprints.CHAT_SIZES[kind].get(width, "")
                sees = any(name.startswith(fingerprints.VISION_START) for name in shapes)
                if sees and kind in ("qwen2", "qwen3"):
                    size = size.replace("qwen2_5_", "qwen2_5_vl_").replace("qwen3_", "qwen3_vl_")
                return Recognized("text_encoder" if size else "language_model", size)
    return None
