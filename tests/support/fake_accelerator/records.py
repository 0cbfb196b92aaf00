"""What a fake accelerator remembers: synchronizations, copies, and the state of its card."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import CodeType

# Files whose lines say where something came from; the innermost of them counts.
_KNOWN = ("/generation/", "/diffusers/", "/transformers/", "/peft/", "/accelerate/", "/tests/")
_OWN = "/tests/support/fake_accelerator/"
# Functions in which only weights are copied: `Module.to`, and accelerate's move of one parameter.
_WEIGHTS = {("_apply", "module.py"), ("set_module_tensor_to_device", "modeling.py")}


@dataclass(frozen=True)
class Synchronization:
    """The host waited for the device: why, where ("folder/file.py:12"), and in which phase."""

    why: str
    where: str
    phase: object = ""


@dataclass(frozen=True)
class Copy:
    """A copy between host and device: "to device" or "to host", and what the host's side of it was."""

    direction: str
    asynchronous: bool
    pinned: bool
    weights: bool  # a part's weights, moved by a hook
    shape: tuple[int, ...]
    where: str
    phase: object = ""


@dataclass
class FakeAccelerator:
    """Records of one fake accelerator; the package's docstring tells how to use it."""

    devices: int = 1
    free_bytes: int = 24 * 2**30
    total_bytes: int = 24 * 2**30
    phase: object = ""
    before_operation: Callable[[str], None] | None = None
    synchronizations: list[Synchronization] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    current_device: int = 0

    def forget(self) -> None:
        """Forget what was recorded."""
        self.synchronizations.clear()
        self.copies.clear()

    def synchronized(self, why: str) -> None:
        """Record that the host waits for the device."""
        self.synchronizations.append(Synchronization(why, _caller()[0], self.phase))

    def copied(self, direction: str, shape: tuple[int, ...], *, non_blocking: bool, pinned: bool) -> None:
        """Record a copy, and that the host waits for it unless it is asynchronous or one of weights."""
        where, weights = _caller()
        asynchronous = non_blocking and pinned
        self.copies.append(Copy(direction, asynchronous, pinned, weights, shape, where, self.phase))
        if not asynchronous and not weights:
            self.synchronizations.append(Synchronization(f"copy {direction}", where, self.phase))


def _caller() -> tuple[str, bool]:
    """Return the innermost known line of the stack, and whether weights are moved."""
    frame, where, weights = sys._getframe(2), "", False
    while frame is not None and not (where and weights):
        file, moves_weights = _origin(frame.f_code)
        if file and not where:
            where = f"{file}:{frame.f_lineno}"
        weights = weights or moves_weights
        frame = frame.f_back
    return where, weights


@cache
def _origin(code: CodeType) -> tuple[str, bool]:
    """Return the end of a function's path, empty if its lines say nothing, and whether it moves weights."""
    file = code.co_filename
    known = _OWN not in file and any(known in file for known in _KNOWN)
    return "/".join(file.split("/")[-2:]) if known else "", (code.co_name, file.rpartition("/")[2]) in _WEIGHTS
