"""Steering of a denoiser that takes lists: a text for each image, of its own length, prompts before negative ones.

Z-Image takes latents, time steps and texts as positional arguments, latents and texts as lists.
"""

from collections.abc import Sequence
from typing import Any

import torch

from generation.pipelines.encoding.steering import Conditioning, Steering, compose_predictions
from generation.pipelines.encoding.tensors import Encoded


class ListedSteering(Steering):
    """Steering of one run of such a denoiser."""

    @property
    def needed(self) -> bool:
        """Return whether anything changes between steps or is composed; nothing is padded."""
        return any(len(spans) > 1 or len(spans[0].positive) > 1 for spans in self._images)

    def _before(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        now = self._now()
        latents, timesteps, texts = args
        positive, negative = [span.positive[0][0] for span in now], [span.negative for span in now]
        if len(texts) == 2 * len(now):
            return (latents, timesteps, _as_list(texts, [*positive, *negative])), kwargs
        return (latents, timesteps, _as_list(texts, positive)), kwargs

    def _after(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        now = self._now()
        if all(len(span.positive) == 1 for span in now):
            return output
        predictions = list(output[0])
        negative = predictions[len(now) :]
        parts = self._further(module, args, kwargs, now)
        for image, span in enumerate(now):
            if len(span.positive) > 1:
                weights = [weight for _, weight in span.positive]
                start = negative[image] if negative else None
                predictions[image] = compose_predictions([predictions[image], *parts[image]], weights, start)
        return (predictions, *output[1:])

    def _further(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], now: list[Conditioning]
    ) -> dict[int, list[torch.Tensor]]:
        """Return, for each image, the predictions for its second prompt and the following ones."""
        latents, timesteps, texts = args
        found: dict[int, list[torch.Tensor]] = {image: [] for image in range(len(now))}
        for number in range(1, max(len(span.positive) for span in now)):
            having = [image for image, span in enumerate(now) if len(span.positive) > number]
            own = _as_list(texts, [now[image].positive[number][0] for image in having])
            given = [latents[image] for image in having]
            for image, prediction in zip(
                having, module.forward(given, timesteps[having], own, **kwargs)[0], strict=True
            ):
                found[image].append(prediction)
        return found


def _as_list(texts: Sequence[torch.Tensor], encoded: Sequence[Encoded]) -> list[torch.Tensor]:
    """Return embeddings as a list, on the device and in the dtype of the pipeline's own `texts`."""
    return [one.embeds.to(texts[0]) for one in encoded]
