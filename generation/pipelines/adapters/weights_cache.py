"""Extra weights in memory: reading them, and keeping the last few that were used.

Key: kind, path, time of change, dtype and device. Order: least recently used goes first. Bound: KEPT sets of weights.
One process draws one call at a time, so there is no lock.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors.torch import load_file

from generation.errors import GenerationError
from generation.pipelines.loading.load import Loaded
from generation.weights.adapter_inspection import main_file
from generation.weights.safetensors_header import read_header
from generation.weights.sources import WeightsSource

logger = logging.getLogger(__name__)

KEPT = 3

_shelf: "OrderedDict[tuple[str, ...], Any]" = OrderedDict()


def shelved(source: WeightsSource, loaded: Loaded, load: Callable[[], Any]) -> Any:
    """Return what `load` makes of `source` for `loaded`'s device and dtype, from memory where it was used lately."""
    with judged(source):
        changed = str(main_file(source.path).stat().st_mtime_ns)
    # The checkpoint too: some weights take their widths from it.
    key = (source.kind, str(source.path), changed, str(loaded.dtype), loaded.device.name, loaded.source.slug)
    if key not in _shelf:
        while len(_shelf) >= KEPT:
            _shelf.popitem(last=False)
        with judged(source):
            _shelf[key] = load()
    _shelf.move_to_end(key)
    return _shelf[key]


def forget() -> None:
    """Forget everything that is kept; what is in use stays until it is no longer."""
    _shelf.clear()


def kept() -> int:
    """Return how many sets of weights are kept."""
    return len(_shelf)


def read_tensors(source: WeightsSource) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file (or of a folder's one), on the CPU.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`.
    """
    with judged(source):
        path = main_file(source.path)
        read_header(path)  # a pickle is refused before anything opens it
        tensors: dict[str, torch.Tensor] = load_file(path)
        return tensors


@contextmanager
def judged(source: WeightsSource) -> Iterator[None]:
    """Turn whatever a library says about bad weights into `adapter_missing` or `adapter_invalid`.

    A shortage of memory stays what it is.
    """
    try:
        yield
    except GenerationError as error:
        if error.code.startswith("checkpoint_"):
            raise GenerationError(error.code.replace("checkpoint", "adapter"), error.message) from error
        raise
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # diffusers, peft and torch raise nearly anything over weights that do not fit
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        if "out of memory" in first.lower() or "can't allocate memory" in first.lower():
            raise
        logger.warning("%s %s does not load", source.kind, source.slug, exc_info=True)
        raise GenerationError("adapter_invalid", f"{source.slug} does not fit this checkpoint ({first}).") from error
