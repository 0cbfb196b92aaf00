"""Reading of adapter weights, and a cache of the most recently used ones.

Key: kind, path, modification time, dtype, devices and checkpoint. Eviction: least recently used first. Bound: KEPT sets
of weights. A process runs one call at a time, so there is no lock.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from safetensors.torch import load_file

from generation.errors import GenerationError
from generation.pipelines.loading import releasable
from generation.pipelines.loading.device_errors import tells_of_device
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.pipeline_state import default_dtype_restored
from generation.weights.adapter_inspection import main_file
from generation.weights.reading import first_line
from generation.weights.safetensors_header import Header, read_header
from generation.weights.sources import WeightsSource

logger = logging.getLogger(__name__)

KEPT = 3

_cached: "OrderedDict[tuple[str, ...], Any]" = OrderedDict()


def load_cached(source: WeightsSource, loaded: Loaded, load: Callable[[], Any]) -> Any:
    """Return the result of `load` for `source` with `loaded`'s device and dtype, from the cache if it is there."""
    with adapter_errors(source):
        changed = str(main_file(source.path).stat().st_mtime_ns)
    # The checkpoint belongs to the key too: some weights take their widths from it.
    places = (loaded.device.name, loaded.storage_device)
    key = (source.kind, str(source.path), changed, str(loaded.dtype), *places, loaded.source.slug)
    if key not in _cached:
        while len(_cached) >= KEPT:
            _cached.popitem(last=False)
        with adapter_errors(source), default_dtype_restored():
            _cached[key] = load()
    _cached.move_to_end(key)
    return _cached[key]


def clear() -> None:
    """Empty the cache; weights in use stay in memory until they are released."""
    _cached.clear()


def count() -> int:
    """Return how many sets of weights are cached."""
    return len(_cached)


def device_bytes(device_name: str) -> int:
    """Return the bytes that cached weights take on the device called `device_name`, "cuda:0" or "cpu"."""
    device = torch.device(device_name)
    place = (device.type, device.index or 0)
    tensors = {tensor.data_ptr(): tensor for value in _cached.values() for tensor in _tensors(value)}
    return sum(one.nbytes for one in tensors.values() if (one.device.type, one.device.index or 0) == place)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """Return every tensor in what a loader returned: modules, pipelines, and containers of them."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, torch.nn.Module):
        yield from value.parameters()
        yield from value.buffers()
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _tensors(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors(part)
    elif hasattr(value, "components"):
        yield from _tensors(value.components)


releasable.register("adapters", releasable.Releasable(device_bytes, clear))


def read_tensors(source: WeightsSource) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file (or of a folder's one), on the CPU.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`, also where a number is NaN or infinite.
    """
    return read_stored(source)[1]


def read_stored(source: WeightsSource) -> tuple[Header, dict[str, torch.Tensor]]:
    """Return header and tensors as `read_tensors` does."""
    with adapter_errors(source):
        path = main_file(source.path)
        header = read_header(path)  # refuses a pickle before anything opens it
        tensors: dict[str, torch.Tensor] = load_file(path)
        check_finite(tensors.values(), source)
        return header, tensors


def check_finite(tensors: Iterable[torch.Tensor], source: WeightsSource) -> None:
    """Refuse weights that would make every image black: NaN or infinity among their numbers.

    Raises:
        GenerationError: `adapter_invalid`.
    """
    for tensor in tensors:
        if tensor.is_floating_point() and not tensor.is_meta:
            number = tensor.float() if tensor.dtype.itemsize == 1 else tensor
            if not bool(torch.isfinite(number).all()):
                raise GenerationError("adapter_invalid", f"{source.slug} is damaged: it holds numbers out of range.")


@contextmanager
def adapter_errors(source: WeightsSource) -> Iterator[None]:
    """Turn the errors of libraries over bad weights into `adapter_missing` or `adapter_invalid`.

    Errors of the device pass through.
    """
    try:
        yield
    except GenerationError as error:
        if error.code.startswith("checkpoint_"):
            raise GenerationError(error.code.replace("checkpoint", "adapter"), error.message) from error
        raise
    except Exception as error:  # diffusers, peft and torch raise nearly anything over weights that do not fit
        if tells_of_device(error):
            raise
        first = first_line(error, source.path)
        logger.warning("%s %s does not load", source.kind, source.slug, exc_info=True)
        raise GenerationError("adapter_invalid", f"{source.slug} does not fit this checkpoint ({first}).") from error
