"""A card that is none, for tests of its failures: torch.cuda answers as with one, what is "on" it stays on the CPU.

As a script it is `manage.py` with such a card: it breaks in the first operation that sees `POISON`, and from then on
every operation fails, as after a failed assertion of a real one.
"""

import os
import sys
from pathlib import Path

import torch
from torch.overrides import TorchFunctionMode

ASSERTED = "CUDA error: device-side assert triggered"
POISON = "SDSITE_TEST_POISON"  # environment variable: the number of a token
GIB = 2**30


class FailingCard(TorchFunctionMode):
    """Runs operations of `cuda:0` on the CPU; fails with `error` from the moment it is set, as a broken card does."""

    def __init__(self, *, model="Tesla T400", capability=(9, 0), free=8 * GIB, error=None, built_for=("sm_90",)):
        super().__init__()
        self.model = model
        self.error = error
        self.poison = -1
        self.answers = {
            "is_available": lambda: True,
            "device_count": lambda: 1,
            "init": lambda: None,
            "set_device": self.answer,
            "synchronize": self.answer,
            "empty_cache": self.answer,
            "mem_get_info": lambda device=None: self.answer((free, 16 * GIB)),
            "memory_allocated": lambda device=None: 0,
            "memory_reserved": lambda device=None: 0,
            "max_memory_allocated": lambda device=None: 0,
            "reset_peak_memory_stats": lambda device=None: None,
            "get_device_name": lambda device=None: model,
            "get_device_capability": lambda device=None: capability,
            "get_arch_list": lambda: list(built_for),
        }

    def answer(self, value=None):
        if self.error is not None:
            raise self.error
        return value

    def install(self, setattr_=setattr):
        """Let torch.cuda answer as with this card."""
        for name, answer in self.answers.items():
            setattr_(torch.cuda, name, answer)
        return self

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.nn.functional.embedding and bool((args[0] == self.poison).any()):
            self.error = torch.AcceleratorError(ASSERTED)
        self.answer()
        moved = {name: _on_cpu(value) for name, value in (kwargs or {}).items()}
        return func(*[_on_cpu(value) for value in args], **moved)


def _on_cpu(value):
    is_card = isinstance(value, (str, torch.device)) and str(value).startswith("cuda")
    return torch.device("cpu") if is_card else value


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])  # the script's own folder has a module `limits`
    from django.core.management import execute_from_command_line

    from generation.pipelines import generate  # noqa: F401  libraries look at all of torch.cuda while they are imported

    card = FailingCard().install()
    card.poison = int(os.environ[POISON])
    with card:
        execute_from_command_line(["manage.py", *sys.argv[1:]])
