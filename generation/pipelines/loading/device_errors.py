"""Errors of devices: which mean that memory ran out, and which that the device itself has failed.

After most faults of a CUDA device (illegal access, failed assertion, ECC error, lost card) every later call of the
process fails too, so nothing but a new process helps; torch calls that a sticky error.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from generation.errors import DeviceFailed, GenerationError
from generation.pipelines.loading.devices import Device
from generation.weights.reading import first_line

# What libraries say when memory ran out, in lower case. cuBLAS and cuDNN allocate workspaces of their own, and name
# neither the allocator nor a size.
SHORTAGES = (
    "out of memory",  # CUDA, HIP, MPS
    "not enough memory",  # the CPU's allocator on Windows
    "can't allocate memory",  # the CPU's allocator
    "cannot allocate memory",  # the system
    "std::bad_alloc",
    "cuda_error_out_of_memory",
    "cudaerrormemoryallocation",
    "hiperroroutofmemory",
    "cublas_status_alloc_failed",
    "cublascreate",  # a library that finds no room for its handle calls itself "not initialized"
    "cudnn_status_alloc_failed",
    "device_allocation_failed",  # cuDNN 9: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED
    "host_allocation_failed",
    "cusolver_status_alloc_failed",
    "cusparse_status_alloc_failed",
    "cufft_alloc_failed",
    "hipblas_status_alloc_failed",
    "rocblas_status_memory_error",
    "miopenstatusallocfailed",
    "unable to find an engine",  # cuDNN: no algorithm whose workspace fits
    "no valid execution plan",
    "invalid buffer size",  # MPS: larger than one buffer may be
)
# What they say of a fault of the device, in lower case.
FAULTS = (
    "cuda error:",
    "hip error:",
    "cudnn error",
    "cudnn_status_execution_failed",
    "miopen error",
    "cublas_status_execution_failed",
    "device-side assert",
    "illegal memory access",
    "launch failure",
    "launch timed out",
    "uncorrectable ecc",
    "ecc error",
    "no cuda-capable device",
    "no cuda gpus are available",
    "no hip gpus are available",
    "gpu is lost",
    "cuda driver",
    "nvidia driver",
    "driver shutting down",
    "gpu hang",  # MPS
)
_LONGEST_CHAIN = 10  # errors that were raised while others were handled


def is_shortage(error: BaseException) -> bool:
    """Return whether `error`, or one that it was raised from or after, means that memory ran out.

    A `GenerationError` is none: whoever raised it has judged already.
    """
    return any(_is_shortage(one) for one in _chain(error))


def tells_of_device(error: BaseException) -> bool:
    """Return whether `error` is about the device and not about what was loaded or generated: a shortage or a fault.

    Loaders ask before they call a file invalid: it may be sound.
    """
    return any(_is_shortage(one) or _is_fault(one) for one in _chain(error))


def is_device_broken(error: BaseException, device: Device) -> bool:
    """Return whether `device` has failed for good: `error` sounds like it, and the device does not answer either.

    A CPU never has. The device is asked, since some of these errors (an invalid argument) leave it usable.
    """
    if device.kind == "cpu" or not any(_is_fault(one) for one in _chain(error, judged=True)):
        return False
    try:
        device.synchronize()
    except Exception as answer:  # whatever it is: a usable device synchronizes
        return not is_shortage(answer)
    return False


@contextmanager
def watch_for_failure(device: Device) -> Iterator[None]:
    """Turn an error after which `device` no longer answers into `DeviceFailed`, with what it was called first."""
    try:
        yield
    except Exception as error:
        if not is_device_broken(error, device):
            raise
        faults = [one for one in _chain(error, judged=True) if _is_fault(one)]
        raise DeviceFailed(first_line(faults[-1])) from error


def _is_shortage(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and _says(error, SHORTAGES)


def _is_fault(error: BaseException) -> bool:
    if _is_shortage(error):
        return False
    return isinstance(error, torch.AcceleratorError) or (isinstance(error, RuntimeError) and _says(error, FAULTS))


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(word in text for word in words)


def _chain(error: BaseException, *, judged: bool = False) -> Iterator[BaseException]:
    """Yield `error` and those behind it, the newest first; ends at a `GenerationError` unless `judged`."""
    current: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if current is None or (isinstance(current, GenerationError) and not judged):
            return
        yield current
        current = current.__cause__ or current.__context__
