"""Shared parts of the training scripts: options, device, resumable states, averaged weights, progress lines."""

import argparse
import copy
import json
import math
import os
import random
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from generation.starter.dataset.artwork import WORK
from generation.starter.training import loss_curves

SAVE_SECONDS = 120.0
LOG_SECONDS = 20.0


def arguments(description: str, *, samples: int, batch: int, rate: float) -> argparse.ArgumentParser:
    """Return a parser with the options of every training."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=WORK, help="folder of packages, renderings and states")
    parser.add_argument("--samples", type=int, default=samples, help="images to train on in all")
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--rate", type=float, default=rate, help="largest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--fresh", action="store_true", help="start anew instead of resuming")
    parser.add_argument("--name", default="", help="suffix of the state, for trials beside the main one")
    return parser


def prepare(options: argparse.Namespace) -> torch.device:
    """Seed everything, set threads, return the best device."""
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    torch.set_num_threads(options.threads)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> AbstractContextManager[Any]:
    """Return the context in which matrix products run in bfloat16."""
    return torch.autocast(device.type, torch.bfloat16)


def state_path(work: Path, name: str) -> Path:
    """Return the path of the state of the training `name`."""
    return work / "states" / f"{name}.pt"


def write_state(path: Path, parts: dict[str, Any], *, samples: int = 0, seconds: float = 0.0) -> None:
    """Write a state to a new file, then replace the old one; `parts`: the `state_dict` of each part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    torch.save({"parts": parts, "samples": samples, "seconds": seconds}, fresh)
    fresh.replace(path)


def load_averaged(work: Path, name: str, model: Any) -> Any:
    """Return `model` with the averaged weights of the training `name`, for inference."""
    state = torch.load(state_path(work, name), map_location="cpu", weights_only=True)
    model.load_state_dict(state["parts"]["average"])
    return model.eval().requires_grad_(False)


class Matrices:
    """Muon for the weights of convolutions and matrices alike: each is seen as one row for every output channel."""

    def __init__(self, weights: list[nn.Parameter], rate: float) -> None:
        """Share the memory of `weights`, which must be channels-last if they have four dimensions."""
        self.weights = weights
        self.flat = [nn.Parameter(self._rows(weight.data)) for weight in weights]
        self.optimizer = torch.optim.Muon(
            self.flat, lr=rate, momentum=0.95, weight_decay=0.01, ns_steps=4, adjust_lr_fn="match_rms_adamw"
        )
        self.param_groups = self.optimizer.param_groups

    @staticmethod
    def _rows(weight: Tensor) -> Tensor:
        rows = weight.permute(0, 2, 3, 1).flatten(1) if weight.ndim == 4 else weight
        if rows.data_ptr() != weight.data_ptr():
            raise ValueError("weights of convolutions must be channels-last in memory")
        return rows

    def step(self) -> None:
        """Update the weights by their gradients."""
        for weight, flat in zip(self.weights, self.flat, strict=True):
            grad = weight.grad
            assert grad is not None
            flat.grad = grad.permute(0, 2, 3, 1).flatten(1) if grad.ndim == 4 else grad
        self.optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the optimizer's state."""
        return self.optimizer.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load the optimizer's state."""
        self.optimizer.load_state_dict(state)


class Average:
    """Exponential moving average of a model's weights; it decays faster at first, so that the start is forgotten."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start with the current weights."""
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Add the current weights."""
        self.steps += 1
        part = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), part)


class Run:
    """One training: counts samples, sets the learning rate, logs, saves and resumes."""

    def __init__(self, name: str, options: argparse.Namespace, parts: dict[str, Any]) -> None:
        """Resume `parts` (modules, optimizers: all with a state_dict) from the state of `name`, if there is one."""
        self.name = name + (f"-{options.name}" if options.name else "")
        self.path = state_path(options.work, self.name)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.parts = parts
        self.samples, self.total, self.rate = 0, options.samples, options.rate
        self.seconds = 0.0
        self._rate_last = self.rate
        self._sums: dict[str, float] = {}
        self._counted = 0
        now = time.monotonic()
        self._began = self._logged = self._saved = now
        self._first = 0
        self.resumed = self.path.exists() and not options.fresh
        if self.resumed:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            for part, values in state["parts"].items():
                self.parts[part].load_state_dict(values)
            self.samples, self.seconds = state["samples"], state["seconds"]
            self._first = self.samples
            print(f"{self.name}: goes on after {self.samples:,} samples", flush=True)
        self._next_mark = loss_curves.mark_after(self.samples)

    @property
    def done(self) -> bool:
        """Whether all samples were seen."""
        return self.samples >= self.total

    def rate_now(self, *, warm: int = 4000, tail: float = 0.35) -> float:
        """Return the learning rate: linear warm-up, constant, then cosine to zero over the last `tail` of the run."""
        part = self.samples / self.total
        factor = min(1.0, (self.samples + 1) / warm)
        if part > 1 - tail:
            factor *= 0.5 * (1 + math.cos(math.pi * min(1.0, (part - 1 + tail) / tail)))
        self._rate_last = self.rate * factor
        return self._rate_last

    def step(self, count: int, **losses: float) -> None:
        """Count `count` more samples with these mean losses; log and save when due."""
        self.samples += count
        self._counted += 1
        for key, value in losses.items():
            self._sums[key] = self._sums.get(key, 0.0) + value
        now = time.monotonic()
        if self.samples >= self._next_mark or now - self._logged > LOG_SECONDS or self.done:
            self._log(now)
        if now - self._saved > SAVE_SECONDS or self.done:
            self.save()

    def save(self) -> None:
        """Write the state to a new file, then replace the old one."""
        now = time.monotonic()
        self.seconds += now - self._began
        self._began = self._saved = now
        states = {name: part.state_dict() for name, part in self.parts.items()}
        write_state(self.path, states, samples=self.samples, seconds=self.seconds)

    def _log(self, now: float) -> None:
        pace = (self.samples - self._first) / max(1e-6, now - self._logged)
        self._first, self._logged = self.samples, now
        self._next_mark = loss_curves.mark_after(self.samples)
        means = {key: round(value / self._counted, 5) for key, value in self._sums.items()}
        self._sums, self._counted = {}, 0
        left = (self.total - self.samples) / max(pace, 1e-6)
        row = {"samples": self.samples, "rate": round(self._rate_last, 7), "per_second": round(pace, 1), **means}
        with self.path.with_suffix(".jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        words = "  ".join(f"{key} {value:.4f}" for key, value in means.items())
        print(f"{self.samples:>9,} of {self.total:,}  {words}  {pace:.0f}/s  {left / 60:.0f} min left", flush=True)
