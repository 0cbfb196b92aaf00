"""The check of a device at the start of a worker, on a card that is none."""

import pytest
import torch

from generation.errors import DeviceFailed
from generation.pipelines.loading.device_check import check_device, describe_device, find_shortcomings
from generation.pipelines.loading.devices import Device, choose_device
from tests.support.failing_card import GIB, FailingCard

CPU = Device("cpu", torch.float32)


@pytest.fixture
def card(monkeypatch):
    """Return a function that puts a card into the machine."""

    def put(**facts):
        return FailingCard(**facts).install(monkeypatch.setattr)

    return put


def test_a_device_that_computes_passes(card):
    with card():
        check_device(choose_device("cuda"))
    check_device(CPU)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "cuda:0 has no free memory; another process uses it."),
        (RuntimeError("CUDA error: out of memory"), "cuda:0 has no free memory; another process uses it."),
        (
            RuntimeError("CUDA error: no CUDA-capable device is detected\nmore"),
            "cuda:0 does not work: CUDA error: no CUDA-capable device is detected",
        ),
        (
            RuntimeError("CUDA error: no kernel image is available for execution on the device"),
            "cuda:0 does not work: CUDA error: no kernel image is available for execution on the device",
        ),
    ],
)
def test_a_device_that_does_not_compute_is_refused_in_one_sentence(card, error, sentence):
    with card(error=error), pytest.raises(DeviceFailed) as failed:
        check_device(Device("cuda:0", torch.float16))
    assert str(failed.value) == sentence


def test_a_device_that_computes_wrongly_is_refused(card, monkeypatch):
    with card():
        monkeypatch.setattr(torch.Tensor, "__matmul__", lambda one, other: one)
        with pytest.raises(DeviceFailed, match="computes wrongly: 4096 instead of 262144"):
            check_device(Device("cuda:0", torch.float16))


def test_a_card_is_described_with_its_memory_and_architecture(card):
    card(model="NVIDIA H200", free=GIB)
    assert describe_device(choose_device()) == "NVIDIA H200, 16.0 GiB, sm_90"
    assert describe_device(CPU) == ""


def test_a_card_without_bfloat16_is_used_in_float16_and_says_so(card):
    card(model="Tesla T4", capability=(7, 5), built_for=("sm_75",))
    device = choose_device("auto")
    assert (device.dtype_for("sd"), device.dtype_for("flux")) == (torch.float16, torch.float16)
    [note] = find_shortcomings(device)
    assert "Tesla T4 has no bfloat16" in note


def test_a_card_that_is_wrong_in_half_precision_is_used_in_full(card):
    card(model="NVIDIA GeForce GTX 1650", capability=(7, 5), built_for=("sm_75",))
    device = choose_device("auto")
    assert (device.dtype_for("sd"), device.dtype_for("flux")) == (torch.float32, torch.float32)
    assert "full precision" in find_shortcomings(device)[0]


def test_a_card_that_torch_has_no_code_for_is_not_chosen_and_named(card):
    card(model="NVIDIA GeForce GT 710", capability=(3, 5), built_for=("sm_75", "sm_80"))
    assert choose_device("auto").name == "cpu"
    with pytest.raises(ValueError, match=r"^SDSITE_DEVICE=cuda:0: this machine has cpu\.$"):
        choose_device("cuda:0")
    [note] = find_shortcomings(CPU)
    assert note == (
        "cuda:0 (NVIDIA GeForce GT 710, sm_35) is not used: the installed torch has no code for it, only for sm_75, "
        "sm_80."
    )
