"""The fake accelerator of the tests: it refuses what a real card refuses, and records what would cost time there."""

import pytest
import torch

from tests.support.fake_accelerator import FakeCudaTensor, fake_accelerator, on_host


@pytest.fixture
def card():
    with fake_accelerator(devices=2, free_gb=6) as accelerator:
        yield accelerator


@pytest.fixture
def three():
    return torch.ones(3, device="cuda")


READS = {
    "item": lambda tensor: tensor[0].item(),
    "float": lambda tensor: float(tensor[0]),
    "int": lambda tensor: int(tensor[1]),
    "bool": lambda tensor: bool(tensor[0]),
    "tolist": lambda tensor: tensor.tolist(),
    "cpu": lambda tensor: tensor.cpu(),
    "to": lambda tensor: tensor.to("cpu", torch.float64),
    "nonzero": lambda tensor: tensor.nonzero(),
    "nonzero of a mask": lambda tensor: (tensor == 1).nonzero(as_tuple=True)[0][0],
    "mask": lambda tensor: tensor[tensor > 0],
    "number of the device as index": lambda tensor: torch.arange(5)[tensor[0].long()],
    "indices of the host": lambda tensor: tensor[torch.tensor([0, 2])],
    "equal": lambda tensor: torch.equal(tensor, tensor),
    "new tensor there": lambda tensor: torch.tensor([1.0], device="cuda"),
    "new tensor of numbers there": lambda tensor: torch.tensor([tensor[0], tensor[1]]),
    "copy there": lambda tensor: torch.ones(3).to("cuda"),
    "copy there of pageable memory": lambda tensor: torch.ones(3).to("cuda", non_blocking=True),
    "copy into": lambda tensor: tensor.copy_(torch.zeros(3)),
    "assign": lambda tensor: tensor.__setitem__(slice(0, 2), torch.zeros(2)),
    "solve": lambda tensor: torch.linalg.solve(torch.eye(3, device="cuda"), tensor),
    "synchronize": lambda tensor: torch.cuda.synchronize(),
}
FREE = {
    "arithmetic": lambda tensor: (tensor * 2 + tensor.mean()).clamp(min=0.5),
    "number of the host": lambda tensor: tensor * torch.tensor(3.0),
    "slices": lambda tensor: tensor[None, 1:][:, torch.tensor(0)],
    "new zeros there": lambda tensor: torch.zeros(4, device=tensor.device),
    "assign a number": lambda tensor: tensor.__setitem__(0, torch.tensor(2.0)),
    "asynchronous copy there": lambda tensor: torch.ones(3).pin_memory().to("cuda", non_blocking=True),
    "asynchronous copy from there": lambda tensor: tensor.to("cpu", non_blocking=True),
    "other type": lambda tensor: tensor.to(torch.float16).float(),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_what_makes_the_host_wait_is_recorded(card, three, read):
    card.phase = "now"
    with torch.inference_mode():
        read(three)
    [waited, *_] = card.synchronizations
    assert waited.where.startswith("tests/test_fake_accelerator.py:")
    assert waited.phase == "now"


@pytest.mark.parametrize("operation", FREE.values(), ids=FREE)
def test_what_is_only_queued_is_free(card, three, operation):
    operation(three)
    assert card.synchronizations == []


def test_asynchronous_copies_tell_whether_the_memory_was_pinned(card, three):
    arriving = three.to("cpu", non_blocking=True)
    torch.zeros(2).to("cuda:1", non_blocking=True)
    kept = torch.zeros(2, pin_memory=True)
    assert (arriving.is_pinned(), torch.zeros(2).is_pinned(), kept.is_pinned()) == (True, False, True)
    seen = [(copy.direction, copy.asynchronous, copy.pinned, copy.shape) for copy in card.copies]
    assert seen == [("to host", True, True, (3,)), ("to device", False, False, (2,))]


@pytest.mark.parametrize(
    "operation",
    [
        lambda here, there: here + there,
        lambda here, there: torch.cat([there, here]),
        lambda here, there: here.add_(there[0]),
        lambda here, there: torch.arange(3)[there.long()],
        lambda here, there: torch.nn.functional.linear(there, torch.ones(2, 3)),
        lambda here, there: there + torch.ones(3, device="cuda:1"),
    ],
)
def test_operands_on_two_devices_are_refused(card, three, operation):
    with pytest.raises(RuntimeError, match="device"):
        operation(torch.ones(3), three)


def test_tensors_say_where_they_are_and_hold_the_numbers_of_the_cpu(card, three):
    other = torch.full((2, 3), 0.5, dtype=torch.float16, device="cuda:1")
    assert (three.device, three.is_cuda, other.device) == (torch.device("cuda:0"), True, torch.device("cuda:1"))
    assert (other.t().shape, other.dtype, other.t().device.index) == ((3, 2), torch.float16, 1)
    made = torch.Generator().manual_seed(3)
    image = torch.rand(1, 3, 8, 8, generator=made)
    layer = torch.nn.Conv2d(3, 4, 3)
    on_cpu = layer(image)
    layer.to("cuda")
    assert isinstance(layer.weight, FakeCudaTensor)
    assert torch.equal(on_host(layer(image.cuda())), on_cpu)
    layer.to("cpu")
    assert torch.equal(layer(image), on_cpu)


def test_torch_says_what_the_test_chose(card):
    assert (torch.cuda.is_available(), torch.cuda.device_count()) == (True, 2)
    assert torch.cuda.mem_get_info("cuda:0") == (6 * 2**30, 6 * 2**30)
    torch.cuda.set_device("cuda:1")
    assert torch.ones(1, device="cuda").device == torch.device("cuda:1")
    event = torch.cuda.Event(blocking=True)
    event.record(torch.cuda.current_stream(torch.device("cuda:0")))
    assert event.stream.device.index == 0


def test_an_operation_may_fail_as_the_test_says(card, three):
    def run_out(name):
        if name == "mul":
            raise torch.OutOfMemoryError("CUDA out of memory")

    card.before_operation = run_out
    assert on_host(three + 1).tolist() == [2, 2, 2]
    with pytest.raises(torch.OutOfMemoryError):
        three * 2


def test_afterwards_there_is_no_accelerator():
    available = torch.cuda.is_available()
    with fake_accelerator():
        kept = torch.ones(1, device="cuda")
        assert torch.cuda.is_available()
    assert torch.cuda.is_available() == available
    with pytest.raises(RuntimeError, match="outlived"):
        kept + 1
