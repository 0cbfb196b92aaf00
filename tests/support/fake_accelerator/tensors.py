"""The tensors of the fake accelerator: each holds a tensor of the CPU, on which every operation is computed."""

from functools import cache
from typing import Any

import torch

from tests.support.fake_accelerator.records import FakeAccelerator

# Operations that take operands on two devices; every other one takes numbers of the CPU only (tensors of no dimension).
_ACROSS_DEVICES = {"_to_copy", "copy_", "index", "index_put", "index_put_", "_index_put_impl_", "_pin_memory"}
# Operations whose result the host needs before it can go on.
_READS = {
    "_local_scalar_dense": "reading a number",
    "equal": "equal",
    "is_nonzero": "reading a number",
    "item": "reading a number",
    "masked_select": "masked_select",
    "nonzero": "nonzero",
    "repeat_interleave": "repeat_interleave",
    "_unique2": "unique",
    "unique_dim": "unique",
    "linalg_solve": "errors of linear algebra",
    "_linalg_check_errors": "errors of linear algebra",
}
_MASKS = (torch.bool, torch.uint8)

_active: FakeAccelerator | None = None


def activate(accelerator: FakeAccelerator | None) -> None:
    """Record with `accelerator` from now on; None: there is none."""
    global _active
    _active = accelerator


def record() -> FakeAccelerator:
    """Return the accelerator of the block.

    Raises:
        RuntimeError: a tensor is used that outlived its block.
    """
    if _active is None:
        raise RuntimeError("a tensor of the fake accelerator outlived its block")
    return _active


class FakeCudaTensor(torch.Tensor):
    """A tensor that says it is on a CUDA device; `host` holds its numbers."""

    host: torch.Tensor

    @staticmethod
    def __new__(cls, host: torch.Tensor, *, device: Any = None, requires_grad: bool | None = None) -> Any:
        """Return a tensor on `device` with the numbers of `host`.

        accelerate makes parameters of a tensor's own class, with `requires_grad`.
        """
        if requires_grad is not None:
            return torch.nn.Parameter(host, requires_grad=requires_grad)
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            host.shape,
            strides=host.stride(),
            storage_offset=host.storage_offset(),
            dtype=host.dtype,
            device=device or torch.device("cuda", 0),
        )
        made.host = host
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        """Compute an operation on the CPU."""
        return compute(function, args, kwargs or {})

    def as_subclass(self, cls):
        """Return the same numbers as a `cls` that is on the device too; torch's own has no way to do that."""
        kind = FakeCudaTensor if cls is torch.Tensor else type(cls.__name__, (cls, FakeCudaTensor), {})
        return kind(self.host.view(self.host.shape), device=self.device)

    def __repr__(self):
        return f"FakeCudaTensor({self.host!r}, device={str(self.device)!r})"

    def __deepcopy__(self, memo):
        return FakeCudaTensor(self.host.clone(), device=self.device)

    def __reduce_ex__(self, protocol):
        raise TypeError("a tensor of the fake accelerator cannot be pickled")


def on_host(value: Any) -> Any:
    """Return the tensor of the CPU that holds the numbers of a fake one; anything else as it is."""
    return value.host if isinstance(value, FakeCudaTensor) else value


def is_cuda(device: Any) -> bool:
    """Return whether a `device` argument names a CUDA device; a bare number does."""
    return device is not None and (isinstance(device, int) or torch.device(device).type == "cuda")


def numbered(device: Any) -> torch.device:
    """Return a CUDA device with its number, by default the current one's."""
    index = device if isinstance(device, int) else torch.device(device).index
    return torch.device("cuda", record().current_device if index is None else index)


def compute(function: Any, args: Any, kwargs: Any) -> Any:
    """Compute one operation of torch on the CPU, record what it costs, and wrap what is on the device."""
    name = _name_of(function)
    if special := _SPECIAL.get(name):
        return special(function, args, kwargs)
    tensors = _tensors_in((*args, *kwargs.values()))
    fakes = [one for one in tensors if isinstance(one, FakeCudaTensor)]
    wanted = kwargs.get("device")
    if not fakes and not is_cuda(wanted):
        return function(*args, **kwargs)
    accelerator = record()
    if accelerator.before_operation is not None:
        accelerator.before_operation(name)
    _check_devices(name, tensors, fakes)
    _record_reads(accelerator, name, args, fakes)
    if name == "_to_copy":
        return _to_copy(accelerator, args[0], **kwargs)
    if name == "copy_":
        _record_copy_into(accelerator, *args, **kwargs)
    host_kwargs = {key: _on_host(one) for key, one in kwargs.items() if key != "pin_memory"}
    if wanted is not None:
        host_kwargs["device"] = torch.device("cpu") if is_cuda(wanted) else wanted
    result = function(*_on_host(args), **host_kwargs)
    if wanted is not None and not is_cuda(wanted):
        return result
    same = {id(one.host): one for one in fakes}  # what an operation in place returns is its argument
    return _wrap(result, numbered(wanted) if is_cuda(wanted) else fakes[0].device, same)


@cache
def _name_of(function: Any) -> str:
    return function.__name__.split(".")[0]


def _tensors_in(values: Any) -> list[torch.Tensor]:
    """Return the tensors among the arguments of an operation, also those in lists."""
    found = []
    for one in values:
        if isinstance(one, torch.Tensor):
            found.append(one)
        elif isinstance(one, list | tuple):
            found += _tensors_in(one)
    return found


def _on_host(value: Any) -> Any:
    return type(value)(map(_on_host, value)) if type(value) in {list, tuple} else on_host(value)


def _wrap(value: Any, device: torch.device, same: dict[int, FakeCudaTensor]) -> Any:
    """Return the result of an operation as tensors of `device`; `same`: fake tensors by the id of what they hold."""
    if isinstance(value, list | tuple):
        return type(value)(_wrap(one, device, same) for one in value)
    if not isinstance(value, torch.Tensor) or isinstance(value, FakeCudaTensor) or value.is_meta:
        return value
    return same[id(value)] if id(value) in same else FakeCudaTensor(value, device=device)


def _check_devices(name: str, tensors: list[torch.Tensor], fakes: list[FakeCudaTensor]) -> None:
    """Refuse operands on two devices as torch does."""
    if not fakes or name in _ACROSS_DEVICES:
        return
    for one in tensors:
        if one.device != fakes[0].device and (one.dim() or one.is_cuda) and not one.is_meta:
            shapes = ", ".join(f"{tuple(each.shape)} on {each.device}" for each in tensors)
            raise RuntimeError(f"Expected all tensors to be on the same device ({name}: {shapes})")


def _record_reads(accelerator: FakeAccelerator, name: str, args: Any, fakes: list[FakeCudaTensor]) -> None:
    if name in _READS and fakes:
        accelerator.synchronized(_READS[name])
    if name.lstrip("_").startswith("index") and len(args) > 1 and isinstance(args[1], list | tuple):
        record_indices(args[0], args[1])


def record_indices(tensor: torch.Tensor, indices: Any) -> None:
    """Record what it costs to index `tensor`: masks are counted, numbers of the host are copied, or read."""
    for index in indices:
        if not isinstance(index, torch.Tensor):
            continue
        fake = isinstance(index, FakeCudaTensor)
        if not isinstance(tensor, FakeCudaTensor) and fake and index.dim():
            raise RuntimeError("indices should be either on cpu or on the same device as the indexed tensor (cpu)")
        if index.dtype in _MASKS and fake:
            record().synchronized("a mask as index")
        elif fake and not index.dim():
            record().synchronized("reading a number")  # as an index
        elif isinstance(tensor, FakeCudaTensor) and not fake and index.dim():
            record().copied("to device", tuple(index.shape), non_blocking=False, pinned=False)


def _to(function: Any, args: Any, kwargs: Any) -> Any:
    """Answer `Tensor.to`: the tensor itself if nothing changes, else a copy."""
    names = [argument.name for argument in function._schema.arguments]
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    source, other = given["self"], given.get("other")
    device = given.get("device") if other is None else other.device
    dtype = given.get("dtype") if other is None else other.dtype
    device = source.device if device is None else numbered(device) if is_cuda(device) else torch.device(device)
    if device == source.device and dtype in {None, source.dtype} and not given.get("copy"):
        return source
    options = {"dtype": dtype, "device": device, "non_blocking": given.get("non_blocking") or False}
    return compute(torch.ops.aten._to_copy.default, (source,), options)


def _choose_attention(function: Any, args: Any, kwargs: Any) -> Any:
    """Answer which kernel computes attention: on the device the plain formula."""
    return 0 if isinstance(args[0], FakeCudaTensor) else function(*args, **kwargs)


# Operations with an answer of their own, for tensors of the host too.
_SPECIAL = {
    "to": _to,
    "_fused_sdp_choice": _choose_attention,
    "_has_compatible_shallow_copy_type": lambda function, args, kwargs: False,
    "_pin_memory": lambda function, args, kwargs: pinned(args[0].clone()),
    "is_pinned": lambda function, args, kwargs: is_pinned(on_host(args[0])),
}


def _to_copy(accelerator: FakeAccelerator, source: Any, *, non_blocking: bool = False, **options: Any) -> Any:
    """Return a copy of `source` on another device, or of another type on its own."""
    fake, wanted = isinstance(source, FakeCudaTensor), options.pop("device", None)
    there = is_cuda(wanted) or (fake and wanted is None)
    options.pop("pin_memory", None)
    if wanted is not None and torch.device(wanted).type == "meta":
        return torch.ops.aten._to_copy.default(on_host(source), device=torch.device("meta"), **options)
    result = torch.ops.aten._to_copy.default(on_host(source), **options)
    if there and not fake and not source.is_meta:
        accelerator.copied("to device", tuple(source.shape), non_blocking=non_blocking, pinned=is_pinned(source))
    if fake and not there:
        # torch itself takes pinned memory for an asynchronous copy to the host.
        accelerator.copied("to host", tuple(source.shape), non_blocking=non_blocking, pinned=non_blocking)
        return pinned(result) if non_blocking else result
    return FakeCudaTensor(result, device=numbered(wanted) if is_cuda(wanted) else source.device) if there else result


def _record_copy_into(accelerator: FakeAccelerator, into: Any, source: Any, non_blocking: bool = False) -> None:
    fake, from_fake = isinstance(into, FakeCudaTensor), isinstance(source, FakeCudaTensor)
    if fake == from_fake:
        return
    direction, host = ("to device", source) if fake else ("to host", into)
    accelerator.copied(direction, tuple(source.shape), non_blocking=non_blocking, pinned=is_pinned(host))


def pinned(tensor: torch.Tensor) -> torch.Tensor:
    """Return `tensor`, its memory marked as pinned."""
    _pinned_memory.add(tensor.untyped_storage().data_ptr(), tensor)
    return tensor


def is_pinned(tensor: torch.Tensor) -> bool:
    """Return whether the memory of a tensor of the CPU is marked as pinned."""
    return not tensor.is_meta and _pinned_memory.holds(tensor.untyped_storage().data_ptr())


class _PinnedMemory:
    """Addresses of pinned memory, for as long as a storage lies there."""

    def __init__(self) -> None:
        self._storages: dict[int, torch.multiprocessing.reductions.StorageWeakRef] = {}

    def add(self, address: int, tensor: torch.Tensor) -> None:
        self._storages[address] = torch.multiprocessing.reductions.StorageWeakRef(tensor.untyped_storage())

    def holds(self, address: int) -> bool:
        found = self._storages.get(address)
        if found is not None and found.expired():
            del self._storages[address]
            return False
        return found is not None


_pinned_memory = _PinnedMemory()
