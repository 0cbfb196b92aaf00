"""What happens between two steps: cancelled? progress, preview due?"""

import time
from collections.abc import Sequence
from typing import Any

from generation.errors import GenerationCancelled
from generation.pipelines.loading.devices import Device
from generation.pipelines.previews.preview_thread import Previews
from generation.pipelines.protocol import Part
from generation.pipelines.scheduler_watch import SchedulerWatch


class StepCallback:
    """The `callback_on_step_end` of one run. Raising is the clean way to stop: nothing is decoded."""

    def __init__(self, parts: Sequence[Part], watch: SchedulerWatch, previews: Previews, device: Device) -> None:
        """Tell each part of the call about every step and feed `previews`."""
        self._parts = list(parts)
        self._watch = watch
        self._previews = previews
        self._device = device
        self.before = 0  # callbacks of the passes before this one
        self.after = 0  # and of those that follow, as far as one knows
        self.total = 0
        self.ended_at: float | None = None

    def __call__(self, pipe: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Handle the end of callback `index` (0-based, of `pipe.num_timesteps`); change no tensor.

        A part that nobody wants any more hears nothing from here on, while the others go on.

        Raises:
            GenerationCancelled: no part is wanted.
        """
        self._parts = [part for part in self._parts if part.is_wanted()]
        if not self._parts:
            raise GenerationCancelled
        total = int(pipe.num_timesteps)
        step = self._watch.steps_done(index + 1, total)
        self.total = total
        for part in self._parts:
            part.hooks.on_progress(self.before + step, self.before + total + self.after)
        if views := self._previews.due(step, total):
            # Samplers that add noise end on the clean picture too, so the last preview is the picture itself.
            clean = tensors["latents"] if step == total else self._watch.clean_latents()
            if clean is not None:
                self._previews.offer(self.before + step, clean, views)
        if step == total:
            self._device.synchronize()
            self.ended_at = time.perf_counter()
        return {}
