"""What tells of a shortage of memory, and what of a device that has failed."""

import errno

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines.loading.device_errors import is_device_broken, is_shortage, tells_of_device
from generation.pipelines.loading.devices import Device

CARD = Device("cuda:0", torch.float16)
CPU = Device("cpu", torch.float32)

SHORTAGES = [
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    torch.AcceleratorError("CUDA error: out of memory"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8589934592 bytes."),
    RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
    RuntimeError("Invalid buffer size: 24.00 GiB"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    RuntimeError("GET was unable to find an engine to execute this computation"),
    RuntimeError("HIP out of memory. Tried to allocate 2.00 GiB"),
]
FAULTS = [
    torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("CUDA error: device-side assert triggered\nCompile with `TORCH_USE_CUDA_DSA`"),
    RuntimeError("CUDA error: unspecified launch failure"),
    RuntimeError("CUDA error: uncorrectable ECC error encountered"),
    RuntimeError("CUDA error: no CUDA-capable device is detected"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    RuntimeError("HIP error: unspecified launch failure"),
    RuntimeError("Found no NVIDIA driver on your system."),
]
OTHERS = [RuntimeError("shape mismatch"), ValueError("out of memory"), KeyError("CUDA error:"), OSError("no file")]


def raised(error, after=None):
    """Return `error` as it is caught, raised while `after` was handled."""
    try:
        try:
            raise after or ZeroDivisionError
        except Exception:
            raise error  # noqa: B904  libraries forget the `from` as well
    except Exception as caught:
        return caught


@pytest.fixture
def synchronizing(monkeypatch):
    """Let the card answer `synchronize` with the next of the given errors; None: it works."""

    def answer(error):
        def synchronize(device=None):
            if error is not None:
                raise error

        monkeypatch.setattr(torch.cuda, "synchronize", synchronize)

    return answer


@pytest.mark.parametrize("error", SHORTAGES, ids=str)
def test_every_way_in_which_libraries_report_a_shortage_is_known(error, synchronizing):
    synchronizing(error)
    assert is_shortage(error)
    assert tells_of_device(error)
    assert not is_device_broken(error, CARD)


@pytest.mark.parametrize("error", FAULTS, ids=str)
def test_a_fault_is_a_broken_device_only_if_the_device_does_not_answer(error, synchronizing):
    assert not is_shortage(error)
    assert tells_of_device(error)
    synchronizing(error)
    assert is_device_broken(error, CARD)
    synchronizing(None)
    assert not is_device_broken(error, CARD)


@pytest.mark.parametrize("error", OTHERS, ids=str)
def test_other_errors_tell_nothing_of_the_device(error, synchronizing):
    synchronizing(FAULTS[0])
    assert not is_shortage(error)
    assert not tells_of_device(error)
    assert not is_device_broken(error, CARD)


def test_a_shortage_at_the_question_is_no_broken_device(synchronizing):
    synchronizing(torch.OutOfMemoryError("CUDA out of memory"))
    assert not is_device_broken(FAULTS[0], CARD)


def test_a_cpu_never_breaks():
    assert not is_device_broken(FAULTS[0], CPU)


def test_the_cause_is_found_behind_what_a_library_made_of_it(synchronizing):
    synchronizing(FAULTS[0])
    assert is_shortage(raised(OSError("cannot load weights"), after=SHORTAGES[2]))
    assert tells_of_device(raised(OSError("cannot load weights"), after=FAULTS[0]))
    assert is_device_broken(raised(ValueError("cannot load weights"), after=FAULTS[0]), CARD)


def test_what_was_judged_is_no_shortage_but_may_hide_a_broken_device(synchronizing):
    synchronizing(FAULTS[0])
    judged = raised(GenerationError("adapter_invalid", "no"), after=SHORTAGES[2])
    assert not is_shortage(judged)
    assert is_device_broken(raised(GenerationError("adapter_invalid", "no"), after=FAULTS[0]), CARD)
