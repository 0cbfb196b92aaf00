"""Networks of other architectures, by spandrel where it is installed.

It is never required: it brings torchvision in, which must be made for exactly the torch that is there.
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
        weights: as they are stored.
        name: of the file, for messages.

    Raises:
        GenerationError: `adapter_invalid`, spandrel is not installed or does not work here, does not know these
            weights, or they do something else than enlarge colour pictures.
    """
    try:
        spandrel = importlib.import_module("spandrel")
    except Exception as error:  # with a torchvision of another torch the import raises RuntimeError
        raise GenerationError(
            "adapter_invalid",
            f"{name} is of an architecture that the studio does not read by itself (it reads {_KNOWN}). Install "
            f"spandrel and a torchvision that fits torch {torch.__version__}: pip install spandrel torchvision",
        ) from error
    try:
        found: Any = spandrel.ModelLoader(device="cpu").load_from_state_dict(dict(weights))
    except Exception as error:
        raise GenerationError(
            "adapter_invalid", f"{name} holds no upscaler that is known: neither {_KNOWN}, nor what spandrel reads."
        ) from error
    kind = str(found.architecture.name)
    if not isinstance(found, spandrel.ImageModelDescriptor) or (found.input_channels, found.output_channels) != (3, 3):
        raise GenerationError("adapter_invalid", f"{name} ({kind}) does not enlarge colour pictures.")
    found.eval()
    return Net(kind, _Padded(found), int(found.scale), 64)


class _Padded(torch.nn.Module):
    """Gives a network sides that it takes, and cuts away what was added."""

    def __init__(self, found: Any) -> None:
        """Wrap spandrel's descriptor `found`."""
        super().__init__()
        self.inner = found.model
        self._call, self._factor = found, int(found.scale)
        self._least, self._multiple = found.size_requirements.minimum, found.size_requirements.multiple_of

    def forward(self, input_images: Tensor) -> Tensor:
        """Return the enlarged pictures."""
        height, width = input_images.shape[-2:]
        right, bottom = (max(self._least, side + -side % self._multiple) - side for side in (width, height))
        padded = functional.pad(input_images, (0, right, 0, bottom), mode="replicate")
        large: Tensor = self._call(padded)
        return large[..., : height * self._factor, : width * self._factor]
