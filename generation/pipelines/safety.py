"""Safety checkers, chosen by the site's setting, that classify finished images before they are shown to anyone.

A checker only classifies. What happens with an image is decided by the policy for its owner (docs/safety.md).
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image

from generation.weights.reading import first_line

# Labels that classifiers use for unsafe images; compared without case.
UNSAFE_LABELS = frozenset({"nsfw", "unsafe", "porn", "hentai", "sexy", "explicit", "nude", "nudity", "sexual", "gore"})
NUDENET_LABELS = frozenset(
    {"FEMALE_GENITALIA_EXPOSED", "MALE_GENITALIA_EXPOSED", "FEMALE_BREAST_EXPOSED", "BUTTOCKS_EXPOSED", "ANUS_EXPOSED"}
)


class CheckerUnavailable(Exception):
    """The configured checker is not available; the message says what to do."""


@dataclass(frozen=True)
class Verdict:
    """A checker's verdict on one image: the probability, 0 to 1, that it is unsafe, and the unsafe labels found.

    `scores` are those of all its labels in lower case, the harmless ones too.
    """

    score: float
    labels: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)


class Checker(Protocol):
    """An image classifier; may be called from several threads."""

    name: str

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Return a verdict for each image, in their order; RGB or RGBA of any size."""


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
    """NudeNet's detector (weights inside its package); the score is that of the most certain exposed body part."""

    def __init__(self, setting: str = "nudenet") -> None:
        """Load the detector; runs on the CPU."""
        try:
            from nudenet import NudeDetector  # an optional dependency
        except ImportError as error:
            raise CheckerUnavailable("SDSITE_SAFETY=nudenet needs a package: .venv/bin/pip install nudenet") from error
        self.name = setting
        self._detector = NudeDetector()
        self._lock = threading.Lock()

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Return a verdict for each image."""
        return [self._verdict(image) for image in images]

    def _verdict(self, image: Image.Image) -> Verdict:
        pixels = np.ascontiguousarray(np.asarray(_flatten(image))[:, :, ::-1])  # OpenCV's order
        with self._lock:
            found = self._detector.detect(pixels)
        scores: dict[str, float] = {}
        for one in found:  # a part may be found several times
            scores[one["class"]] = max(float(one["score"]), scores.get(one["class"], 0.0))
        return _make_verdict({label: score for label, score in scores.items() if label in NUDENET_LABELS}, scores)


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
            raise CheckerUnavailable(
                f"SDSITE_SAFETY={setting}: no classifier could be loaded ({first_line(error)})."
            ) from error
        self._model = model.eval()
        self._labels = {int(at): str(label) for at, label in model.config.id2label.items()}
        if not any(_is_unsafe(label) for label in self._labels.values()):
            raise CheckerUnavailable(
                f"SDSITE_SAFETY={setting}: none of its labels ({', '.join(list(self._labels.values())[:10])}) is one "
                f"that the site treats as unsafe: {', '.join(sorted(UNSAFE_LABELS))}."
            )
        self.name = Path(setting).name if local else setting
        self._lock = threading.Lock()

    def check(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Return a verdict for each image."""
        if not images:
            return []
        prepared = self._prepare(images=[_flatten(image) for image in images], return_tensors="pt")
        with self._lock, torch.inference_mode():
            chances = self._model(**prepared).logits.float().softmax(-1)
        return [self._verdict(row.tolist()) for row in chances]

    def _verdict(self, chances: list[float]) -> Verdict:
        scores = {self._labels[at]: chance for at, chance in enumerate(chances)}
        unsafe = {label: chance for label, chance in scores.items() if _is_unsafe(label)}
        return replace(_make_verdict(unsafe, scores), score=min(1.0, sum(unsafe.values())))


def _is_unsafe(label: str) -> bool:
    return label.casefold() in UNSAFE_LABELS


def _make_verdict(unsafe: Mapping[str, float], scores: Mapping[str, float]) -> Verdict:
    surest = sorted(unsafe, key=lambda label: -unsafe[label])
    labels = tuple(label.lower() for label in surest)
    return Verdict(max(unsafe.values(), default=0.0), labels, {label.lower(): score for label, score in scores.items()})


def _flatten(image: Image.Image) -> Image.Image:
    """Return the image in RGB with transparent parts on white, as people will see it."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    background = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(background, image.convert("RGBA")).convert("RGB")


_MAKERS: Mapping[str, Callable[[str], Checker]] = {"nudenet": NudeNetChecker}
