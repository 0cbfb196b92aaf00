"""What happens between two steps: cancelled? progress, preview due?"""

import time
from typing import Any

from generation.pipelines.devices import Device
from generation.pipelines.previews import Previews
from generation.pipelines.protocol import GenerationCancelled, Hooks
from generation.pipelines.watching import Watch


class StepCallback:
    """The `callback_on_step_end` of one run. Raising is the clean way to stop: nothing is decoded."""

    def __init__(self, hooks: Hooks, watch: Watch, previews: Previews, device: Device) -> None:
        """Tell `hooks` about every step and feed `previews`."""
        self._hooks = hooks
        self._watch = watch
        self._previews = previews
        self._device = device
        self.ended_at: float | None = None

    def __call__(self, pipe: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Handle the end of callback `index` (0-based, of `pipe.num_timesteps`); change no tensor.

        Raises:
            GenerationCancelled: the hooks say so.
        """
        if self._hooks.is_cancelled():
            raise GenerationCancelled
        step, total = index + 1, int(pipe.num_timesteps)
        self._hooks.on_progress(step, total)
        if self._previews.due(step, total):
            # Samplers that add noise end on the clean picture too, so the last preview is the picture itself.
            clean = tensors["latents"] if step == total else self._watch.clean_latents()
            if clean is not None:
                self._previews.offer(step, clean)
        if step == total:
            self._device.synchronize()
            self.ended_at = time.perf_counter()
        return {}
