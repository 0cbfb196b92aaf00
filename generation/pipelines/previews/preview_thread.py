"""Previews beside the denoising loop: one thread converts latents while the next step runs.

The loop hands over a small copy of the latents and goes on. Each job of a shared call gets the previews it requests: if
the site chooses the steps, a newer step replaces one that was not converted yet; if the request names its steps, each
of them is converted.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from generation.parameters.nested import PreviewParameters
from generation.parameters.ranges import MOST_KEPT_STEPS
from generation.pipelines.previews.latent_rgb import LatentToRGB
from generation.pipelines.protocol import Part

logger = logging.getLogger(__name__)

MOST_A_SECOND = 15.0
MOST_OF_THE_TIME = 0.03  # share of a run that previews at steps chosen by the site may cost, for all its images
_QUEUE = 8  # steps that may wait if none may be dropped; beyond that the loop waits
_CLOSE_SECONDS = 5.0


class Pacer:
    """Decides which steps get a preview, from the request or from the measured cost of a preview."""

    def __init__(self, wanted: PreviewParameters) -> None:
        """Follow `wanted.every` and `wanted.start`; `every` None: limit rate and cost instead."""
        self.every = wanted.every
        self.start = wanted.start
        self.cost_seconds = 0.0
        self._last_at = float("-inf")

    def due(self, step: int, total: int, now: float) -> bool:
        """Return whether callback `step` (1-based) of `total` gets a preview; the last one always does."""
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
        """Update the moving average of the seconds that previews of one step cost for the whole call."""
        self.cost_seconds = seconds if not self.cost_seconds else 0.7 * self.cost_seconds + 0.3 * seconds


def is_kept(step: int, total: int, every: int | None) -> bool:
    """Return whether callback `step` of `total`, of all passes, is kept: every so many, never more than allowed.

    The last one is the image itself.
    """
    if every is None or step >= total:
        return False
    return step % max(every, math.ceil(total / MOST_KEPT_STEPS)) == 0


class View:
    """Previews of one part of a call: its rows of the latents, how often, how large."""

    def __init__(self, part: Part, first_row: int) -> None:
        """Set up previews of `part`, whose images are the rows of the latents from `first_row` on."""
        self.part = part
        self.rows = dict(enumerate(part.indices, start=first_row))
        self.longest = part.parameters.preview.size
        self.pacer = Pacer(part.parameters.preview)
        self.keep_every = part.parameters.keep_steps

    def wanted_rows(self) -> dict[int, int]:
        """Return {row: image index} of the images that are still wanted."""
        return {row: index for row, index in self.rows.items() if self.part.wants(index)}


@dataclass
class _Frame:
    step: int
    latents: torch.Tensor  # on the CPU; the copy may still be in progress
    arrived: Any  # a CUDA event, or None
    views: list[View] = field(default_factory=list)
    keeping: list[View] = field(default_factory=list)  # those that keep this step


class Previews:
    """The preview thread of one run; a context manager that ends it, within a time limit, before the run returns."""

    def __init__(self, latent_to_rgb: LatentToRGB | None, parts: Sequence[Part], *, size: tuple[int, int]) -> None:
        """Make previews of the images of `parts`, all of `size` pixels; `latent_to_rgb` None: no previews."""
        self._latent_to_rgb = latent_to_rgb
        self._views: list[View] = []
        self._images = 0
        for part in parts:
            self._views.append(View(part, self._images))
            self._images += len(part.indices)
        self._size = size
        self._waiting: deque[_Frame] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._failure_logged = False
        self._thread = threading.Thread(target=self._run, name="previews", daemon=True)

    def __enter__(self) -> "Previews":
        """Start the thread."""
        if self._latent_to_rgb is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        """Convert the waiting steps and end; after an exception, end at once."""
        if self._latent_to_rgb is None:
            return
        with self._changed:
            if kind is not None:
                self._waiting.clear()
            self._ending = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_SECONDS)
        if self._thread.is_alive():
            logger.warning("previews did not end within %.0f s; the run goes on without them", _CLOSE_SECONDS)
            self._latent_to_rgb = None  # nothing may be sent after the run has returned

    def due(self, step: int, total: int) -> list[View]:
        """Return the views that get a preview of `step` of `total`."""
        if self._latent_to_rgb is None:
            return []
        now = time.monotonic()
        return [view for view in self._views if view.part.is_wanted() and view.pacer.due(step, total, now)]

    def kept(self, step: int, total: int) -> list[View]:
        """Return the views that keep a preview of `step` of `total`, counted over all passes."""
        if self._latent_to_rgb is None:
            return []
        return [view for view in self._views if view.part.is_wanted() and is_kept(step, total, view.keep_every)]

    def submit(self, step: int, latents: torch.Tensor, views: list[View], keeping: Sequence[View] = ()) -> None:
        """Queue a copy of `latents` for `views` and return; the module docstring says what happens when it lags.

        `keeping`: views that keep this step; it is converted whatever happens.

        On CUDA the copy runs asynchronously into pinned memory; the thread waits for it.
        """
        arrived = None
        if latents.is_cuda:
            source = latents
            latents = latents.detach().to("cpu", non_blocking=True)
            # On the stream of the copy, since the current one may be another card's; a wait that keeps no core busy.
            arrived = torch.cuda.Event(blocking=True)
            arrived.record(torch.cuda.current_stream(source.device))
        else:
            latents = latents.detach().to("cpu")
        with self._changed:
            for frame in self._waiting:
                frame.views = [view for view in frame.views if view.pacer.every is not None or view not in views]
            self._waiting = deque(frame for frame in self._waiting if frame.views or frame.keeping)
            if keeping or any(view.pacer.every is not None for view in views):
                self._changed.wait_for(lambda: len(self._waiting) < _QUEUE, timeout=_CLOSE_SECONDS)
            self._waiting.append(_Frame(step, latents, arrived, views, list(keeping)))
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                frame = self._waiting.popleft()
                self._changed.notify_all()
            try:
                self._render(frame)
            except Exception:  # a device that failed: the loop, which learns of it too, must not wait for this thread
                logger.exception("a preview could not be read from the device")

    def _render(self, frame: _Frame) -> None:
        if frame.arrived is not None:
            frame.arrived.synchronize()
        began = time.thread_time()
        latents = frame.latents.float().numpy()
        rendered = sum(self._send(view, frame, latents) for view in dict.fromkeys([*frame.views, *frame.keeping]))
        if rendered:
            # The cost for all images of the call: one part alone may be cheap while eight of them are not.
            cost = (time.thread_time() - began) / rendered * self._images
            for view in frame.views:
                view.pacer.learn(cost)

    def _send(self, view: View, frame: _Frame, latents: Any) -> int:
        """Send the previews of one view, to be shown, kept, or both; return the number of rows."""
        rows = view.wanted_rows()
        latent_to_rgb = self._latent_to_rgb
        if latent_to_rgb is None or not rows:
            return 0
        try:
            jpegs = latent_to_rgb.to_jpegs(latents[list(rows)], size=self._size, longest=view.longest)
            for index, jpeg in zip(rows.values(), jpegs, strict=True):
                if self._latent_to_rgb is None or not view.part.wants(index):
                    continue
                if view in frame.keeping:
                    view.part.hooks.on_kept_step(index, frame.step, jpeg)
                if view in frame.views:
                    view.part.hooks.on_preview(index, frame.step, jpeg)
        except Exception:  # a failing preview must cost neither an image nor another job's preview
            if not self._failure_logged:
                logger.exception("previews fail; the run goes on")
            self._failure_logged = True
        return len(rows)
