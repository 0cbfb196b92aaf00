"""The step callback of a run: checks for cancellation, reports progress and feeds previews."""

import time
from collections.abc import Sequence
from typing import Any

from generation.errors import GenerationCancelled
from generation.pipelines.loading.devices import Device
from generation.pipelines.previews.preview_thread import Previews
from generation.pipelines.protocol import Part
from generation.pipelines.scheduler_watch import SchedulerWatch


class StepCallback:
    """The `callback_on_step_end` of one run; raising in it is the clean way to stop, because nothing is decoded."""

    def __init__(self, parts: Sequence[Part], watch: SchedulerWatch, previews: Previews, device: Device) -> None:
        """Report every step to each part of the call and feed `previews`."""
        self._parts = list(parts)
        self._watch = watch
        self._previews = previews
        self._device = device
        self.before = 0  # callbacks of the passes before this one
        self.after = 0  # expected callbacks of the passes that follow
        self.total = 0
        self.ended_at: float | None = None

    def __call__(self, pipe: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Handle the end of callback `index` (0-based, of `pipe.num_timesteps`); change no tensor.

        The hooks of a part that is no longer wanted are not called again, while the others go on.

        Raises:
            GenerationCancelled: no part is wanted any more.
        """
        self._parts = [part for part in self._parts if part.is_wanted()]
        if not self._parts:
            raise GenerationCancelled
        total = int(pipe.num_timesteps)
        step = self._watch.steps_done(index + 1, total)
        self.total = total
        for part in self._parts:
            part.hooks.on_progress(self.before + step, self.before + total + self.after)
        views = self._previews.due(step, total)
        keeping = self._previews.kept(self.before + step, self.before + total + self.after)
        if views or keeping:
            # Samplers that add noise end on the clean image too, so the last preview is the image itself.
            clean = tensors["latents"] if step == total else self._watch.clean_latents()
            if clean is not None:
                self._previews.submit(self.before + step, clean, views, keeping)
        if step == total:
            self._device.synchronize()
            self.ended_at = time.perf_counter()
        return {}
