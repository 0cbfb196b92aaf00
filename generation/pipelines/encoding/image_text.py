"""CLIP and SigLIP models as a whole: images and words become unit vectors that can be compared with each other."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from generation.weights.reading import first_line

Floats = npt.NDArray[np.float32]


class EncoderUnavailable(Exception):
    """The model cannot be loaded; the message says why."""


class ImageTextEncoder:
    """One CLIP or SigLIP model on the CPU; may be called from several threads.

    `dimensions` is the length of its vectors.
    """

    def __init__(self, folder: Path) -> None:
        """Load the model from a folder in transformers' format, from safetensors only; code in it is never run.

        Raises:
            EncoderUnavailable: files are missing or broken.
        """
        from transformers import AutoImageProcessor, AutoModel, AutoTokenizer  # slow, and only for this

        options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            model = AutoModel.from_pretrained(folder, use_safetensors=True, dtype=torch.float32, **options)
            self._prepare = AutoImageProcessor.from_pretrained(folder, **options)
            self._tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        except Exception as error:  # missing files and broken weights all come as their own classes
            raise EncoderUnavailable(f"{folder.name} cannot be loaded ({first_line(error)}).") from error
        self._model = model.eval()
        self._longest = int(model.config.text_config.max_position_embeddings)
        # SigLIP was trained with texts of one length; CLIP finds their end by itself.
        self._padding = "longest" if model.config.model_type == "clip" else "max_length"
        self._lock = threading.Lock()
        self.dimensions = self.encode_texts(["image"]).shape[1]

    def encode_images(self, images: Sequence[Image.Image]) -> Floats:
        """Return a row of length 1 for each image; RGB of any size."""
        prepared = self._prepare(images=list(images), return_tensors="pt")
        with self._lock, torch.inference_mode():
            return _to_unit(self._model.get_image_features(**prepared))

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return a row of length 1 for each text; what is too long for the model is cut off."""
        tokens = self._tokenizer(
            list(texts), padding=self._padding, truncation=True, max_length=self._longest, return_tensors="pt"
        )
        taken = {name: tokens[name] for name in ("input_ids", "attention_mask") if name in tokens}
        if self._padding == "max_length":  # SigLIP attends to the padding too
            taken.pop("attention_mask", None)
        with self._lock, torch.inference_mode():
            return _to_unit(self._model.get_text_features(**taken))


def _to_unit(found: Any) -> Floats:
    features = getattr(found, "pooler_output", found)
    unit: Floats = torch.nn.functional.normalize(features.float(), dim=-1).numpy()
    return unit
