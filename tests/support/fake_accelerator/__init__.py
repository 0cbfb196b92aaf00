"""A stand-in for a CUDA device: tensors that say they are on `cuda:0`, compute on the CPU, and tell on their users.

Guide:

    with fake_accelerator() as accelerator:
        cache = PipelineCache(Device("cuda:0", torch.float16), 2**34)
        generate(source, parts, timings=Timings(), cache=cache)
    assert accelerator.synchronizations == []

Inside the block `torch.cuda` answers as if `devices` cards were there, and everything that puts a tensor on one (`to`,
a `device` argument, pipelines, hooks of accelerate) gives a tensor of the fake device. Operands on two devices raise
the RuntimeError of a real card. What costs time on a real one is recorded:

- `synchronizations`: the host waited for the device. Reading a number (`item`, `float`, `if tensor`, `tolist`),
  `nonzero` and masks as indices, `torch.cuda.synchronize`, and copies that are not asynchronous.
- `copies`: between host and device, each with its direction, whether the host waited, and whether the host's memory was
  pinned. A copy is asynchronous where it was asked to be (`non_blocking`) and the host's side is pinned.

Every record says where in our code or the libraries it came from, and in which `phase`; set `accelerator.phase` to
whatever helps, such as the number of a step. Copies of a module's weights, as by the hooks of offloaded checkpoints,
are marked `weights` and are no synchronizations: they are what the memory mode costs.

`accelerator.free_bytes` and `total_bytes` are what the card says of its memory. `accelerator.before_operation` is
called with the name of each operation on the device; it may raise, as a card does that runs out of memory or breaks.

Limits: there are no kernels and no streams, so it shows neither speed nor races nor memory use; no gradients; and
numbers are those of the CPU, bit for bit if the precision is the same. Half precision is slow on a CPU, so give the
`Device` float32 where precision does not matter. Modes of torch belong to a thread: other threads may hold its tensors
but must not compute with them, which the site's do not. One block at a time; what is on the device does not outlive it.
"""

from tests.support.fake_accelerator.records import Copy, FakeAccelerator, Synchronization
from tests.support.fake_accelerator.runtime import fake_accelerator
from tests.support.fake_accelerator.tensors import FakeCudaTensor, on_host

__all__ = ["Copy", "FakeAccelerator", "FakeCudaTensor", "Synchronization", "fake_accelerator", "on_host"]
