"""Steering of the denoiser: sets each image's conditioning at every step and composes prompts joined by `AND`.

Torch hooks on the denoiser (and a ControlNet) replace the conditioning in its arguments, so every pipeline class of a
family is steered alike, and it works together with offloading, which replaces `forward`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from generation.errors import GenerationError
from generation.pipelines.encoding.conditioning_plan import Pass
from generation.pipelines.encoding.families import Kind, get_denoiser
from generation.pipelines.encoding.tensors import Encoded, lengthen

# Tensors of these names have no row for each image, whatever their length.
_WITHOUT_ROWS = frozenset({"img_ids", "txt_ids"})


@dataclass(frozen=True)
class Conditioning:
    """Conditioning of one image up to a step: each prompt with its weight, and the negative one."""

    end_step: int
    positive: tuple[tuple[Encoded, float], ...]
    negative: Encoded


@dataclass(frozen=True)
class Rows:
    """Conditioning of some rows of a batch; `mask` (rows, tokens) is 0 where a row is padded, None without padding."""

    embeds: torch.Tensor
    pooled: torch.Tensor | None
    mask: torch.Tensor | None


def stack(encoded: Sequence[Encoded], padding: torch.Tensor | None, tokens: int) -> Rows:
    """Return rows of equal length: shorter ones are extended by `padding` (tokens, width), which the mask hides."""
    rows = [one.embeds for one in encoded]
    mask = None
    if any(len(row) < tokens for row in rows):
        mask = torch.stack([(torch.arange(tokens) < len(row)).float() for row in rows]).to(rows[0].device)
        rows = [lengthen(row, padding, tokens) for row in rows]
    pooled = [one.pooled for one in encoded if one.pooled is not None]
    return Rows(torch.stack(rows), torch.stack(pooled) if pooled else None, mask)


class Steering:
    """Steering of one run. `images` has, for each image of the batch, its conditioning over the steps."""

    def __init__(
        self,
        pipe: Any,
        kind: Kind,
        steps: Pass,
        images: Sequence[Sequence[Conditioning]],
        *,
        padding: torch.Tensor | None,
        guided: bool,
    ) -> None:
        """Prepare; nothing is changed before `active`.

        Args:
            pipe: the pipeline that will be called.
            kind: how its family encodes prompts.
            steps: the steps that the call takes.
            images: see the class.
            padding: an empty chunk, for families whose texts differ in length.
            guided: for families with separate calls for the negative prompt: guidance is on.
        """
        self._pipe, self._kind, self._steps, self._images = pipe, kind, steps, images
        self._padding, self._guided = padding, guided
        self._tokens = max(
            len(one.embeds)
            for spans in images
            for span in spans
            for one in (span.negative, *(encoded for encoded, _ in span.positive))
        )
        self._done = 0  # calls of the scheduler
        self._calls = 0  # of the denoiser since then
        self._scheduler: Any = None

    @property
    def listed(self) -> bool:
        """Return whether texts are passed to the pipeline as lists."""
        return self._kind.prompts.listed

    @property
    def needed(self) -> bool:
        """Return whether anything changes between steps, is composed, or is padded."""
        lengths = {len(one.embeds) for span in self.at(1) for one in (span.negative, span.positive[0][0])}
        return len(lengths) > 1 or any(len(spans) > 1 or len(spans[0].positive) > 1 for spans in self._images)

    def at(self, step: int) -> list[Conditioning]:
        """Return the conditioning of each image at `step` (1-based)."""
        return [next(span for span in spans if step <= span.end_step) for spans in self._images]

    def stack(self, encoded: Sequence[Encoded]) -> Rows:
        """Return rows as long as the longest of the run."""
        return stack(encoded, self._padding, self._tokens)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Steer while the context lasts; afterwards, even after an exception, everything is as before."""
        denoiser = get_denoiser(self._pipe)
        handles = [
            denoiser.register_forward_pre_hook(self._before, with_kwargs=True),
            denoiser.register_forward_hook(self._after, with_kwargs=True),
        ]
        controlnet = getattr(self._pipe, "controlnet", None)
        if isinstance(controlnet, torch.nn.Module):
            handles.append(controlnet.register_forward_pre_hook(self._before_controlnet, with_kwargs=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()
            self._stop_counting()

    def _now(self) -> list[Conditioning]:
        self._count_steps()
        calls = int(getattr(self._pipe, "num_timesteps", 0) or self._steps.taken)
        return self.at(self._steps.step(self._done, calls))

    def _rows(self, kwargs: dict[str, Any]) -> Rows | None:
        """Return the conditioning for a denoiser call with `kwargs`; None if the call is not to be steered."""
        if kwargs.get("encoder_hidden_states") is None:
            return None
        now, rows = self._now(), len(kwargs["encoder_hidden_states"])
        positive, negative = [span.positive[0][0] for span in now], [span.negative for span in now]
        if rows == 2 * len(now):
            return self.stack([*negative, *positive])
        if rows != len(now):
            return None
        return self.stack(negative if self._kind.prompts.apart and self._calls else positive)

    def _before(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        rows = self._rows(kwargs)
        return args, (self._conditioned(kwargs, rows) if rows else kwargs)

    def _before_controlnet(self, module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Set the same conditioning for a ControlNet; it takes no mask, so it sees the padding."""
        rows = self._rows(kwargs)
        return args, (self._conditioned(kwargs, Rows(rows.embeds, rows.pooled, None)) if rows else kwargs)

    def _after(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        """Compose the predictions of images with several prompts."""
        now, first = self._now(), self._calls == 0
        self._calls += 1
        images, rows = len(now), len(kwargs["encoder_hidden_states"])
        if rows not in (images, 2 * images) or all(len(span.positive) == 1 for span in now):
            return output
        if self._kind.prompts.apart and not first:
            return output
        offset = rows - images
        prediction = output[0]
        negative = prediction[:images] if offset else self._negative(module, args, kwargs, now)
        parts = self._parts(module, args, kwargs, now, offset)
        whole = prediction.clone()
        for image, span in enumerate(now):
            if len(span.positive) > 1:
                predictions = [prediction[offset + image], *parts[image]]
                weights = [weight for _, weight in span.positive]
                whole[offset + image] = compose_predictions(
                    predictions, weights, negative[image] if negative is not None else None
                )
        return (whole, *output[1:])

    def _parts(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], now: list[Conditioning], offset: int
    ) -> dict[int, list[torch.Tensor]]:
        """Return, for each image, the predictions for its second prompt and the following ones."""
        found: dict[int, list[torch.Tensor]] = {image: [] for image in range(len(now))}
        for number in range(1, max(len(span.positive) for span in now)):
            having = [image for image, span in enumerate(now) if len(span.positive) > number]
            rows = self.stack([now[image].positive[number][0] for image in having])
            picked = [offset + image for image in having]
            own_args = _pick_rows(args, picked, offset + len(now))
            own = self._conditioned(_pick_rows(kwargs, picked, offset + len(now)), rows)
            for image, prediction in zip(having, module.forward(*own_args, **own)[0], strict=True):
                found[image].append(prediction)
        return found

    def _negative(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], now: list[Conditioning]
    ) -> torch.Tensor | None:
        """Return predictions for the negative prompts if they need a separate call; None without guidance."""
        if not (self._kind.prompts.apart and self._guided):
            return None
        rows = self.stack([span.negative for span in now])
        prediction: torch.Tensor = module.forward(*args, **self._conditioned(kwargs, rows))[0]
        return prediction

    def _conditioned(self, kwargs: dict[str, Any], rows: Rows) -> dict[str, Any]:
        """Return `kwargs` with the conditioning of `rows`."""
        was = kwargs["encoder_hidden_states"]
        changed = {**kwargs, "encoder_hidden_states": rows.embeds.to(was)}
        if rows.mask is not None:
            changed["encoder_attention_mask"] = rows.mask.to(was)
        if rows.pooled is not None and self._kind.prompts.pooled:
            *way, last = self._kind.prompts.pooled
            place = changed
            for name in way:
                place[name] = dict(place[name])
                place = place[name]
            if place.get(last) is not None:
                place[last] = rows.pooled.to(place[last])
        return changed

    def _count_steps(self) -> None:
        """Wrap the run's scheduler to count its calls; it is made fresh for every run and known only now."""
        if self._scheduler is not None:
            return
        self._scheduler = self._pipe.scheduler
        self._own_step = vars(self._scheduler).get("step")
        step = self._scheduler.step

        def counting(*args: Any, **kwargs: Any) -> Any:
            self._done += 1
            self._calls = 0
            return step(*args, **kwargs)

        self._scheduler.step = counting

    def _stop_counting(self) -> None:
        if self._scheduler is None:
            return
        if self._own_step is not None:
            self._scheduler.step = self._own_step
        else:
            del self._scheduler.step


def compose_predictions(
    predictions: list[torch.Tensor], weights: list[float], negative: torch.Tensor | None
) -> torch.Tensor:
    """Return the prediction for prompts joined by `AND` (Liu et al. 2022, eq. 11), before guidance.

    Without classifier-free guidance there is no negative prediction to compose against: the weighted mean.

    Raises:
        GenerationError: `refused`, there is no mean of weights that add up to 0.
    """
    exact = [prediction.float() for prediction in predictions]
    if negative is None:
        total = sum(weights)
        if total <= 1e-6:
            raise GenerationError(
                "refused", "Weights of prompts joined by AND must add up to more than 0 where guidance is off."
            )
        mean = torch.stack([one * (weight / total) for one, weight in zip(exact, weights, strict=True)]).sum(0)
        return mean.to(predictions[0].dtype)
    # The weighted sum of differences to the negative prediction, ordered so that a single prompt of weight 1 is exact.
    parts = [*(one * weight for one, weight in zip(exact, weights, strict=True)), negative.float() * (1 - sum(weights))]
    return torch.stack(parts).sum(0).to(predictions[0].dtype)


def _pick_rows(value: Any, rows: list[int], of: int) -> Any:
    """Return arguments with only `rows` of every tensor that has `of` rows."""
    if isinstance(value, torch.Tensor):
        return value[rows] if value.ndim and len(value) == of else value
    if isinstance(value, dict):
        return {name: one if name in _WITHOUT_ROWS else _pick_rows(one, rows, of) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_pick_rows(one, rows, of) for one in value)
    return value
