"""What looks at finished pictures before anybody else does: checkers, by the site's setting.

A checker only judges. What becomes of a picture is the site's policy for whoever asked for it (docs/safety.md).
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image

# What classifiers call pictures that not everybody should see; compared without case.
UNSAFE_LABELS = frozenset({"nsfw", "unsafe", "porn", "hentai", "sexy", "explicit", "nude", "nudity", "sexual", "gore"})
NUDENET_LABELS = frozenset(
    {"FEMALE_GENITALIA_EXPOSED", "MALE_GENITALIA_EXPOSED", "FEMALE_BREAST_EXPOSED", "BUTTOCKS_EXPOSED", "ANUS_EXPOSED"}
)


class CheckerUnavailable(Exception):
    """The checker that the site wants cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Verdict:
    """What a checker thinks of one picture: how sure it is, 0 to 1, that not everybody should see it, and why."""

    score: float
    labels: tuple[str, ...] = ()


class Checker(Protocol):
    """Something that judges pictures; may be called from several threads."""

    name: str

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Return a verdict for each picture, in their order; RGB or RGBA of any size."""


def load_checker(setting: str) -> Checker | None:
    """Return the checker that `setting` names; None for "none" and "".

    Args:
        setting: "none", "nudenet", a folder with an image classifier in transformers' format, or its Hub id.

    Raises:
        CheckerUnavailable: a package is not installed, or the weights cannot be loaded.
    """
    if setting in ("", "none"):
        return None
    return _MAKERS.get(setting, TransformersChecker)(setting)


class NudeNetChecker:
    """NudeNet's detector (weights inside its package); the score is of the surest exposed part of a body."""

    def __init__(self, setting: str = "nudenet") -> None:
        """Load the detector; runs on the CPU."""
        try:
            from nudenet import NudeDetector  # optional: only sites that want it install it
        except ImportError as error:
            raise CheckerUnavailable("SDSITE_SAFETY=nudenet needs a package: .venv/bin/pip install nudenet") from error
        self.name = setting
        self._detector = NudeDetector()
        self._lock = threading.Lock()

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Return a verdict for each picture."""
        return [self._verdict(image) for image in images]

    def _verdict(self, image: Image.Image) -> Verdict:
        pixels = np.ascontiguousarray(np.asarray(_flat(image))[:, :, ::-1])  # OpenCV's order
        with self._lock:
            found = self._detector.detect(pixels)
        unsafe = {one["class"]: float(one["score"]) for one in found if one["class"] in NUDENET_LABELS}
        return _verdict_of(unsafe)


class TransformersChecker:
    """An image classifier in transformers' format; the score is the sum of its labels in UNSAFE_LABELS."""

    def __init__(self, setting: str) -> None:
        """Load the classifier from a local folder or the Hub, from safetensors only; runs on the CPU."""
        from transformers import AutoImageProcessor, AutoModelForImageClassification  # slow, and only for this

        local = Path(setting).is_dir()
        options: dict[str, Any] = {"local_files_only": local, "token": os.environ.get("HF_TOKEN") or None}
        try:
            self._prepare = AutoImageProcessor.from_pretrained(setting, **options)
            model = AutoModelForImageClassification.from_pretrained(
                setting, use_safetensors=True, dtype=torch.float32, **options
            )
        except Exception as error:  # network, missing files and broken weights all come as their own classes
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise CheckerUnavailable(
                f"SDSITE_SAFETY={setting}: no classifier could be loaded ({first:.200})."
            ) from error
        self._model = model.eval()
        self._labels = {int(at): str(label) for at, label in model.config.id2label.items()}
        if not any(_is_unsafe(label) for label in self._labels.values()):
            raise CheckerUnavailable(
                f"SDSITE_SAFETY={setting}: none of its labels ({', '.join(list(self._labels.values())[:10])}) is one "
                f"that the site knows as unsafe: {', '.join(sorted(UNSAFE_LABELS))}."
            )
        self.name = Path(setting).name if local else setting
        self._lock = threading.Lock()

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Return a verdict for each picture."""
        if not images:
            return []
        prepared = self._prepare(images=[_flat(image) for image in images], return_tensors="pt")
        with self._lock, torch.inference_mode():
            chances = self._model(**prepared).logits.float().softmax(-1)
        return [self._verdict(row.tolist()) for row in chances]

    def _verdict(self, chances: list[float]) -> Verdict:
        unsafe = {self._labels[at]: chance for at, chance in enumerate(chances) if _is_unsafe(self._labels[at])}
        return Verdict(min(1.0, sum(unsafe.values())), _verdict_of(unsafe).labels)


def _is_unsafe(label: str) -> bool:
    return label.casefold() in UNSAFE_LABELS


def _verdict_of(unsafe: Mapping[str, float]) -> Verdict:
    surest = sorted(unsafe, key=lambda label: -unsafe[label])
    return Verdict(max(unsafe.values(), default=0.0), tuple(label.lower() for label in surest))


def _flat(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, what is transparent on white: as people will see it."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


_MAKERS: Mapping[str, Callable[[str], Checker]] = {"nudenet": NudeNetChecker}
