"""From a file of weights to a network: which architecture, refused or read. Safetensors only."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from generation.errors import GenerationError
from generation.pipelines.upscaling import compact, rrdb, spandrel_models
from generation.pipelines.upscaling.models import Net, UnknownNet, bare_names
from generation.weights.adapter_inspection import main_file
from generation.weights.safetensors_header import read_header

logger = logging.getLogger(__name__)

# Asked in this order; each takes what it knows and leaves the rest.
ARCHITECTURES: Mapping[str, Callable[[Mapping[str, Tensor]], Net]] = {
    "RRDBNet (ESRGAN, Real-ESRGAN)": rrdb.from_weights,
    "compact (Real-ESRGAN)": compact.from_weights,
}


def read(path: Path) -> Net:
    """Return the network in `path`, a safetensors file or a folder with one, on the CPU, in float32.

    Raises:
        GenerationError: `adapter_missing`, there is no such file; `adapter_invalid`, it is a pickle, cut off, of no
            architecture that enlarges pictures, or of one that what is installed does not read.
    """
    path = main_file(path)
    _refuse_what_is_no_safetensors(path)
    stored = load_file(path)
    weights = bare_names(stored)
    for from_weights in ARCHITECTURES.values():
        with suppress(UnknownNet):
            return from_weights(weights)
    return spandrel_models.from_weights(stored, path.name)


def _refuse_what_is_no_safetensors(path: Path) -> None:
    try:
        read_header(path)
    except GenerationError as error:
        code = error.code.replace("checkpoint", "adapter")
        message = error.message.replace("remove the checkpoint", "remove the upscaler")
        raise GenerationError(code, message) from error
