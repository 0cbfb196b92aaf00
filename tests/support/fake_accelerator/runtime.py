"""The block in which the fake accelerator is there: modes that see every operation, and the answers of `torch.cuda`."""

import operator
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import diffusers.utils.torch_utils
import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tests.support.fake_accelerator.records import FakeAccelerator
from tests.support.fake_accelerator.tensors import (
    FakeCudaTensor,
    activate,
    compute,
    is_cuda,
    is_pinned,
    numbered,
    on_host,
    pinned,
    record,
    record_indices,
)


@contextmanager
def fake_accelerator(*, devices: int = 1, free_gb: float = 24.0) -> Iterator[FakeAccelerator]:
    """Put `devices` fake CUDA devices into this process for the time of the block; `free_gb`: GiB free on each."""
    accelerator = FakeAccelerator(devices, int(free_gb * 2**30), int(free_gb * 2**30))
    with ExitStack() as stack:
        for name, answer in _answers(accelerator).items():
            stack.enter_context(mock.patch.object(torch.cuda, name, answer))
        for library in (diffusers.utils.torch_utils, diffusers.pipelines.pipeline_utils):
            stack.enter_context(mock.patch.object(library, "get_device", return_value="cuda"))
        stack.enter_context(mock.patch.dict(os.environ, HF_DEACTIVATE_ASYNC_LOAD="1"))  # no other threads
        activate(accelerator)
        stack.callback(activate, None)
        # Else a module that moves would try to put the numbers of a fake tensor into its old parameter.
        replaced = torch.__future__.get_overwrite_module_params_on_conversion()
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        stack.callback(torch.__future__.set_overwrite_module_params_on_conversion, replaced)
        stack.enter_context(torch.no_grad())
        stack.enter_context(_EveryOperation())
        stack.enter_context(_EveryFunction())
        yield accelerator


class _EveryOperation(TorchDispatchMode):
    """Sees each operation, also those that make a tensor or move one to the device."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled here, and to keep the compiler out of each operation costs as much as many of them."""
        return False

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(function, args, kwargs or {})


class _EveryFunction(TorchFunctionMode):
    """Sees each function before torch's own code, which asks the CUDA driver in some, and reads numbers unseen."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = _FUNCTIONS.get(function, function)
        if not kwargs:
            return answer(*args)
        options = dict(kwargs)
        pins = options.pop("pin_memory", False) and not is_cuda(options.get("device"))
        result = answer(*args, **options)
        return pinned(result) if pins else result


class _Stream:
    """The stream of a device; work is done when it is queued."""

    def __init__(self, device: Any = None) -> None:
        self.device = numbered("cuda" if device is None else device)

    def synchronize(self) -> None:
        record().synchronized("stream.synchronize")


class _Event:
    """An event; `stream` is where it was recorded."""

    def __init__(self, *, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        self.blocking = blocking
        self.stream: _Stream | None = None

    def record(self, stream: _Stream | None = None) -> None:
        self.stream = stream or _Stream()

    def synchronize(self) -> None:
        """Wait; in a thread of its own it costs the loop nothing."""

    def query(self) -> bool:
        return True


def _answers(accelerator: FakeAccelerator) -> dict[str, Any]:
    """Return what `torch.cuda` has instead of its own functions."""

    def set_device(device: Any) -> None:
        accelerator.current_device = numbered(device).index

    return {
        "Event": _Event,
        "Stream": _Stream,
        "_lazy_init": lambda: None,
        "current_device": lambda: accelerator.current_device,
        "current_stream": _Stream,
        "device_count": lambda: accelerator.devices,
        "empty_cache": lambda: None,
        "is_available": lambda: True,
        "is_bf16_supported": lambda including_emulation=True: True,
        "get_arch_list": lambda: ["sm_90"],
        "get_device_capability": lambda device=None: (9, 0),
        "get_device_name": lambda device=None: "Fake accelerator",
        "get_device_properties": lambda device=None: SimpleNamespace(
            name="Fake accelerator", total_memory=accelerator.total_bytes, major=9, minor=0
        ),
        "max_memory_allocated": lambda device=None: 2**20,
        "mem_get_info": lambda device=None: (accelerator.free_bytes, accelerator.total_bytes),
        "memory_allocated": lambda device=None: 0,
        "memory_reserved": lambda device=None: 0,
        "reset_peak_memory_stats": lambda device=None: None,
        "set_device": set_device,
        "synchronize": lambda device=None: accelerator.synchronized("torch.cuda.synchronize"),
    }


def _tensor(data: Any, *args: Any, device: Any = None, **options: Any) -> Any:
    """Answer `torch.tensor`: numbers that are on the device are read, and the result is copied there."""
    if isinstance(data, list | tuple):
        data = [_read(one) if isinstance(one, FakeCudaTensor) else one for one in data]
    elif isinstance(data, FakeCudaTensor):
        device, data = device or data.device, data.host
    made = torch.tensor(data, *args, **options)
    return made.to(device) if device is not None else made


def _read(fake: FakeCudaTensor) -> Any:
    record().synchronized("reading a number")
    return fake.host.item() if fake.dim() == 0 else fake.host.tolist()


def _tolist(tensor: Any) -> Any:
    return _read(tensor) if isinstance(tensor, FakeCudaTensor) else tensor.tolist()


def _keys(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _host_key(key: Any) -> Any:
    return tuple(on_host(one) for one in key) if isinstance(key, tuple) else on_host(key)


def _getitem(tensor: Any, key: Any) -> Any:
    record_indices(tensor, _keys(key))
    if not isinstance(tensor, FakeCudaTensor):
        return tensor[_host_key(key)]
    return FakeCudaTensor(tensor.host[_host_key(key)], device=tensor.device)


def _setitem(tensor: Any, key: Any, value: Any) -> None:
    record_indices(tensor, _keys(key))
    fake = isinstance(tensor, FakeCudaTensor)
    if isinstance(value, torch.Tensor) and fake != isinstance(value, FakeCudaTensor):
        if not fake:
            record().copied("to host", tuple(value.shape), non_blocking=False, pinned=is_pinned(tensor))
        elif value.dim():  # a single number becomes an argument of the kernel
            record().copied("to device", tuple(value.shape), non_blocking=False, pinned=is_pinned(value))
    on_host(tensor)[_host_key(key)] = on_host(value)


def _contiguous(tensor: Any, memory_format: Any = torch.contiguous_format) -> Any:
    if not isinstance(tensor, FakeCudaTensor):
        return tensor.contiguous(memory_format=memory_format)
    host = tensor.host.contiguous(memory_format=memory_format)
    return tensor if host is tensor.host else FakeCudaTensor(host, device=tensor.device)


def _nonzero(tensor: Any, *, as_tuple: bool = False) -> Any:
    found = torch.ops.aten.nonzero(tensor)
    return found.unbind(1) if as_tuple else found


def _read_as(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the answer of `float(tensor)` and its kind."""
    return lambda tensor: convert(_read(tensor) if isinstance(tensor, FakeCudaTensor) else tensor.item())


def _as_on_host(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the answer of a function that torch computes otherwise on a device: as on the CPU, to the last bit."""

    def compute_on_host(*args: Any, **options: Any) -> Any:
        operands = [one for one in (*args, *options.values()) if isinstance(one, torch.Tensor)]
        fakes = [one for one in operands if isinstance(one, FakeCudaTensor)]
        if not fakes:
            return function(*args, **options)
        if any(one.device != fakes[0].device for one in operands):
            raise RuntimeError(f"Expected all tensors to be on the same device ({function.__name__})")
        result = function(*map(on_host, args), **{name: on_host(one) for name, one in options.items()})
        return FakeCudaTensor(result, device=fakes[0].device)

    return compute_on_host


def _to(tensor: Any, *args: Any, **options: Any) -> Any:
    """Answer `Tensor.to`; torch would ask the driver for the number of a device that is named without one."""
    if args and isinstance(args[0], str | int | torch.device) and is_cuda(args[0]):
        args = (numbered(args[0]), *args[1:])
    if is_cuda(options.get("device")):
        options["device"] = numbered(options["device"])
    return tensor.to(*args, **options)


def _cuda(tensor: Any, device: Any = "cuda", non_blocking: bool = False, **options: Any) -> Any:
    return tensor.to(numbered(device), non_blocking=non_blocking, **options)


def _copy_into(tensor: Any, source: Any, non_blocking: bool = False) -> Any:
    return compute(torch.ops.aten.copy_.default, (tensor, source, non_blocking), {})


_FORMULAS = (functional.group_norm, functional.linear, functional.scaled_dot_product_attention)
_FUNCTIONS: Mapping[Any, Callable[..., Any]] = {
    torch.tensor: _tensor,
    torch.Tensor.copy_: _copy_into,
    torch.Tensor.cuda: _cuda,
    torch.Tensor.data_ptr: lambda tensor: on_host(tensor).data_ptr(),
    torch.Tensor.to: _to,
    torch.Tensor.tolist: _tolist,
    torch.Tensor.__getitem__: _getitem,
    torch.Tensor.__setitem__: _setitem,
    torch.Tensor.contiguous: _contiguous,
    torch.Tensor.__bool__: _read_as(bool),
    torch.Tensor.__float__: _read_as(float),
    torch.Tensor.__index__: _read_as(operator.index),
    torch.Tensor.__int__: _read_as(int),
    torch.Tensor.item: _read_as(lambda number: number),
    torch.Tensor.nonzero: _nonzero,
    torch.nonzero: _nonzero,
    torch.Tensor.pin_memory: lambda tensor, device=None: tensor if is_pinned(tensor) else pinned(tensor.clone()),
    torch.Tensor.is_pinned: lambda tensor, device=None: is_pinned(on_host(tensor)),
    **{function: _as_on_host(function) for function in _FORMULAS},
}
