"""Loading of upscaler networks from safetensors files, with detection of their architecture."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from generation.errors import GenerationError
from generation.pipelines.upscaling import compact, rrdb, spandrel_models
from generation.pipelines.upscaling.models import Net, UnknownArchitecture, strip_prefixes
from generation.weights.adapter_inspection import main_file
from generation.weights.safetensors_header import read_header

logger = logging.getLogger(__name__)

# Tried in this order; each raises UnknownArchitecture for weights of another network.
ARCHITECTURES: Mapping[str, Callable[[Mapping[str, Tensor]], Net]] = {
    "RRDBNet (ESRGAN, Real-ESRGAN)": rrdb.from_weights,
    "compact (Real-ESRGAN)": compact.from_weights,
}


def read(path: Path) -> Net:
    """Return the network in `path`, a safetensors file or a folder with one, on the CPU, in float32.

    Raises:
        GenerationError: `adapter_missing`, there is no such file; `adapter_invalid`, it is a pickle, truncated, no
            upscaler, or of an architecture that no installed package reads.
    """
    path = main_file(path)
    _check_safetensors(path)
    stored = load_file(path)
    weights = strip_prefixes(stored)
    for from_weights in ARCHITECTURES.values():
        with suppress(UnknownArchitecture):
            return from_weights(weights)
    return spandrel_models.from_weights(stored, path.name)


def _check_safetensors(path: Path) -> None:
    try:
        read_header(path)
    except GenerationError as error:
        raise GenerationError(error.code.replace("checkpoint", "adapter"), error.message) from error
