"""Previews beside the denoising loop: one thread paints while the next step runs.

The loop hands over a small copy of the latents and goes on. Where the site paces itself, a newer step replaces one
that was not painted yet; where a request names its steps, every one of them is painted.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from generation.parameters.schema import PreviewParameters
from generation.pipelines.painting import Painter
from generation.pipelines.protocol import Hooks

logger = logging.getLogger(__name__)

MOST_A_SECOND = 15.0
MOST_OF_THE_TIME = 0.03  # share of a run that self-paced previews may cost
_QUEUE = 8  # steps that may wait where none may be dropped; then the loop waits
_CLOSE_SECONDS = 5.0


@dataclass
class _Frame:
    step: int
    latents: torch.Tensor  # on the CPU, perhaps still on its way there
    arrived: Any  # a CUDA event, or None


class Pacer:
    """Decides which steps are shown; knows what painting one costs."""

    def __init__(self, wanted: PreviewParameters) -> None:
        """Follow `wanted.every` and `wanted.start`; every None: pace itself."""
        self.every = wanted.every
        self.start = wanted.start
        self.cost_seconds = 0.0
        self._last_at = float("-inf")

    def due(self, step: int, total: int, now: float) -> bool:
        """Tell whether callback `step` (1-based) of `total` is shown; the last one always is."""
        if step < total:
            if step < self.start:
                return False
            if self.every is not None:
                return (step - self.start) % self.every == 0
            pause = max(1 / MOST_A_SECOND, self.cost_seconds / MOST_OF_THE_TIME)
            if now - self._last_at < pause:
                return False
        self._last_at = now
        return True

    def learn(self, seconds: float) -> None:
        """Take in what painting one step cost."""
        self.cost_seconds = seconds if not self.cost_seconds else 0.7 * self.cost_seconds + 0.3 * seconds


class Previews:
    """The preview thread of one run; a context manager that ends it, bounded, before the run returns."""

    def __init__(
        self,
        painter: Painter | None,
        wanted: PreviewParameters,
        *,
        hooks: Hooks,
        indices: Sequence[int],
        size: tuple[int, int],
    ) -> None:
        """Paint for the images `indices` (job-wide) of a batch of `size` pixels; no painter: no previews."""
        self.pacer = Pacer(wanted)
        self._painter = painter
        self._longest = wanted.size
        self._hooks = hooks
        self._indices = list(indices)
        self._size = size
        self._waiting: deque[_Frame] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._complained = False
        self._thread = threading.Thread(target=self._paint_for_ever, name="previews", daemon=True)

    def __enter__(self) -> "Previews":
        """Start the thread."""
        if self._painter is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        """Paint what waits and end; after a raise, end at once."""
        if self._painter is None:
            return
        with self._changed:
            if kind is not None:
                self._waiting.clear()
            self._ending = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_SECONDS)
        if self._thread.is_alive():
            logger.warning("previews did not end within %.0f s; the run goes on without them", _CLOSE_SECONDS)
            self._painter = None  # nothing may be sent once the run has returned

    def due(self, step: int, total: int) -> bool:
        """Tell whether `step` of `total` should be handed over."""
        return self._painter is not None and self.pacer.due(step, total, time.monotonic())

    def offer(self, step: int, latents: torch.Tensor) -> None:
        """Take a copy of `latents` for painting and return; see the class for what happens when painting lags.

        On CUDA the copy runs beside the computation into pinned memory; the thread waits for it.
        """
        arrived = None
        if latents.is_cuda:
            latents = latents.detach().to("cpu", non_blocking=True)
            arrived = torch.cuda.Event()
            arrived.record()
        else:
            latents = latents.detach().to("cpu")
        with self._changed:
            if self.pacer.every is None:
                self._waiting.clear()
            else:
                self._changed.wait_for(lambda: len(self._waiting) < _QUEUE, timeout=_CLOSE_SECONDS)
            self._waiting.append(_Frame(step, latents, arrived))
            self._changed.notify_all()

    def _paint_for_ever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                frame = self._waiting.popleft()
                self._changed.notify_all()
            try:
                self._paint(frame)
            except Exception:  # a preview is never worth a picture
                if not self._complained:
                    logger.exception("previews fail; the run goes on")
                self._complained = True

    def _paint(self, frame: _Frame) -> None:
        if frame.arrived is not None:
            frame.arrived.synchronize()
        began = time.thread_time()
        latents = frame.latents.float().numpy()
        painter = self._painter
        if painter is None:
            return
        for index, jpeg in zip(
            self._indices, painter.paint(latents, size=self._size, longest=self._longest), strict=True
        ):
            if self._painter is not None:
                self._hooks.on_preview(index, frame.step, jpeg)
        self.pacer.learn(time.thread_time() - began)
