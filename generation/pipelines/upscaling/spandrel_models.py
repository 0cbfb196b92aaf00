"""Upscaler networks of other architectures, read by spandrel if it is installed.

It is optional: it needs torchvision, which must be built for exactly the installed torch.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from generation.errors import GenerationError
from generation.pipelines.upscaling.models import Net

_KNOWN = "ESRGAN, Real-ESRGAN and compact networks"


def from_weights(weights: Mapping[str, Tensor], name: str) -> Net:
    """Return the network that spandrel finds in `weights`.

    Args:
        weights: as stored in the file.
        name: of the file, for messages.

    Raises:
        GenerationError: `adapter_invalid`, spandrel is not installed or does not work here, does not know these
            weights, or they are no upscaler of colour images.
    """
    try:
        spandrel = importlib.import_module("spandrel")
    except Exception as error:  # with a torchvision of another torch the import raises RuntimeError
        raise GenerationError(
            "adapter_invalid",
            f"{name} has an architecture that the site does not read by itself (it reads {_KNOWN}). Install "
            f"spandrel and a torchvision that fits torch {torch.__version__}: pip install spandrel torchvision",
        ) from error
    try:
        found: Any = spandrel.ModelLoader(device="cpu").load_from_state_dict(dict(weights))
    except Exception as error:
        raise GenerationError(
            "adapter_invalid", f"{name} is not a known upscaler: neither {_KNOWN}, nor one that spandrel reads."
        ) from error
    kind = str(found.architecture.name)
    if not isinstance(found, spandrel.ImageModelDescriptor) or (found.input_channels, found.output_channels) != (3, 3):
        raise GenerationError("adapter_invalid", f"{name} ({kind}) does not upscale colour images.")
    found.eval()
    return Net(kind, _Padded(found), int(found.scale), 64)


class _Padded(torch.nn.Module):
    """Pads the input of a network to a size that it takes, and crops its output."""

    def __init__(self, found: Any) -> None:
        """Wrap spandrel's descriptor `found`."""
        super().__init__()
        self.inner = found.model
        self._call, self._factor = found, int(found.scale)
        self._least, self._multiple = found.size_requirements.minimum, found.size_requirements.multiple_of

    def forward(self, images: Tensor) -> Tensor:
        """Return the upscaled images."""
        height, width = images.shape[-2:]
        right, bottom = (max(self._least, side + -side % self._multiple) - side for side in (width, height))
        padded = functional.pad(images, (0, right, 0, bottom), mode="replicate")
        upscaled: Tensor = self._call(padded)
        return upscaled[..., : height * self._factor, : width * self._factor]
