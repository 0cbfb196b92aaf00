"""Result of the inspection of a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from generation.errors import GenerationError
from generation.families import FAMILIES

_PREDICTIONS = ("epsilon", "v_prediction", "sample")
LATENT_CHANNELS = 4  # without a config; a denoiser with more input than output channels edits or inpaints


@dataclass(frozen=True)
class Inspection:
    """Properties of a checkpoint, and the defaults that follow from them.

    `kind` is finer than `family` ("sd1", "sd2"); `dtype` is that of most stored weights; `variant` is the part between
    name and suffix where a folder holds only such weights ("fp16"), else empty. Width and height in pixels. `weights`
    is the number of parameters, `biggest` that of the largest part; 0 where they cannot be counted.
    """

    family: str
    kind: str
    prediction_type: str
    dtype: str
    size_bytes: int
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str
    variant: str = ""
    weights: int = 0
    biggest: int = 0


def make_inspection(
    family: str, *, side: int, configs: Mapping[str, Mapping[str, Any]] = MappingProxyType({}), **fields: Any
) -> Inspection:
    """Return an inspection with the defaults of the family, or of the variant that `configs` tell.

    Args:
        family: a key of `FAMILIES`.
        side: of the square images in pixels.
        configs: of the checkpoint's parts, by their names; that of the whole as "".
        fields: all others.
    """
    row = FAMILIES[family]
    usual = row.find_variant(configs) or row
    return Inspection(
        family=family,
        width=side,
        height=side,
        steps=usual.steps,
        guidance_scale=usual.guidance_scale,
        sampler=row.sampler,
        schedule=row.schedule,
        **fields,
    )


def is_for_inpainting(channels: int, latents: int, name: str) -> bool:
    """Return whether a denoiser takes, beside the latents, a mask and the latents of the masked image.

    Args:
        channels: input channels of the denoiser.
        latents: channels of the latents.
        name: of the checkpoint, for the message.

    Raises:
        GenerationError: `checkpoint_invalid`, it takes something else: depth, or an image to edit.
    """
    if channels not in (latents, 2 * latents + 1):
        raise GenerationError(
            "checkpoint_invalid",
            f"{name} is made for editing or depth ({channels} input channels); "
            "it cannot do text to image or inpainting.",
        )
    return channels != latents


def check_scheduler(config: Mapping[str, Any], family: str, name: str) -> str:
    """Return what a denoiser predicts by the config of its scheduler: "flow", "epsilon", "v_prediction" or "sample".

    Args:
        config: of the checkpoint's own scheduler.
        family: a key of the catalog.
        name: of the checkpoint, for the message.

    Raises:
        GenerationError: `checkpoint_invalid`, it was trained with noise levels that no sampler of the family has.
    """
    if FAMILIES[family].flow:
        return "flow"
    class_name, predicted = str(config.get("_class_name", "")), str(config.get("prediction_type", "epsilon"))
    if class_name.startswith(("EDM", "FlowMatch")) or predicted not in _PREDICTIONS:
        raise GenerationError(
            "checkpoint_invalid",
            f"{name} cannot be used: it was trained for {class_name or 'a scheduler'} ({predicted}), which no "
            "sampler here has; choose another checkpoint of its family.",
        )
    return predicted
