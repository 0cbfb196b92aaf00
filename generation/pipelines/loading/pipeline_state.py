"""State of a loaded pipeline: noted when it is placed, compared before each run, restored after an exception.

A call changes a pipeline that other people's jobs use next: adapters join it, hooks move its parts, the autoencoder
computes in another dtype. All of that is undone in the end; what is compared here finds the case that was missed,
before a run computes on the wrong device or with another job's adapter. Comparing reads names, classes and dtypes on
the host: milliseconds, without waiting for the device.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.placement import place
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PipelineState:
    """What a run must find: the parts of a pipeline, its scheduler, and facts about them by name."""

    parts: dict[str, Any]
    facts: dict[str, Any]


class Placed(Protocol):
    """A loaded pipeline, see `load.Loaded`."""

    source: CheckpointSource
    pipe: Any
    device: Device
    state: PipelineState | None

    @property
    def is_offloaded(self) -> bool:
        """Return whether weights are in host memory between calls."""


@contextmanager
def default_dtype_restored() -> Iterator[None]:
    """Restore torch's default dtype, which libraries change while they load a model and leave so if that fails."""
    before = torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def describe(pipe: Any) -> PipelineState:
    """Return the state of `pipe` now."""
    parts = dict(pipe.components)
    facts: dict[str, Any] = {"execution device": str(getattr(pipe, "_execution_device", "unknown"))}
    for name, part in parts.items():
        facts[name] = id(part)
        if isinstance(part, nn.Module):
            facts |= {f"{fact} of {name}": value for fact, value in _module_facts(part).items()}
    facts["configuration of scheduler"] = dict(parts["scheduler"].config)
    return PipelineState(parts, facts)


def find_differences(loaded: Placed) -> list[str]:
    """Return in what `loaded` is not as it was placed, in words; empty if it is."""
    if loaded.state is None:
        return []
    now = describe(loaded.pipe).facts
    return sorted(
        name for name in now.keys() | loaded.state.facts.keys() if now.get(name) != loaded.state.facts.get(name)
    )


def ensure(loaded: Placed) -> bool:
    """Return whether `loaded` is as it was placed, after restoring what can be restored."""
    different = find_differences(loaded)
    if not different:
        return True
    logger.error("%s is not as it was placed (%s): placing it again", loaded.source.slug, ", ".join(different))
    try:
        restore(loaded)
    except Exception:  # whatever broke the pipeline can break this too; the caller loads it anew
        logger.exception("%s cannot be placed again", loaded.source.slug)
        return False
    return not find_differences(loaded)


def restore(loaded: Placed) -> None:
    """Give `loaded` its own parts, the dtype of its autoencoder, its hooks and its device back."""
    if loaded.state is None:
        return
    pipe, parts = loaded.pipe, loaded.state.parts
    pipe.register_modules(**{name: part for name, part in parts.items() if getattr(pipe, name, None) is not part})
    for part in parts.values():
        if getattr(part, "is_cache_enabled", False):
            part.disable_cache()
    vae, own = parts.get("vae"), loaded.state.facts.get("dtype of vae")
    now = _dtype(vae) if isinstance(vae, nn.Module) else None
    if vae is not None and now and own and torch.finfo(now).bits > torch.finfo(own).bits:
        vae.to(dtype=own)  # its own numbers come back exactly; one that was narrowed has lost them
    place(pipe, loaded.source, loaded.device.name)


@contextmanager
def restored_after_errors(loaded: Placed) -> Iterator[None]:
    """Restore `loaded` if the block raises; what cannot be restored is found before the next run."""
    try:
        with default_dtype_restored():
            yield
    except BaseException:
        try:
            # Parts that were being used when an offloaded pipeline stopped are still on the device.
            if loaded.is_offloaded or find_differences(loaded):
                restore(loaded)
        except Exception:
            logger.exception("%s cannot be restored", loaded.source.slug)
        raise


@contextmanager
def without_offloading(loaded: Placed, *, needed: bool = True) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Let the block change the parts of an offloaded pipeline; afterwards, even after an exception, it is placed again.

    Sequential offloading leaves parts without weights, and hooks of parts that come or go would move the wrong ones.
    Yields a function: the pipeline is offloaded, with the parts that it has then, while the context it returns lasts.
    With `needed` false, or for a pipeline that is not offloaded, nothing happens.
    """
    if not (needed and loaded.is_offloaded):
        yield nullcontext
        return
    _remove_hooks(loaded)
    try:
        yield lambda: _offloading(loaded)
    finally:
        place(loaded.pipe, loaded.source, loaded.device.name)


@contextmanager
def _offloading(loaded: Placed) -> Iterator[None]:
    try:
        place(loaded.pipe, loaded.source, loaded.device.name)
        yield
    finally:
        _remove_hooks(loaded)


def _remove_hooks(loaded: Placed) -> None:
    loaded.pipe.remove_all_hooks()
    loaded.pipe.to("cpu", silence_dtype_warnings=True)


def _module_facts(part: nn.Module) -> dict[str, Any]:
    hook = getattr(part, "_hf_hook", None)
    return {
        "dtype": _dtype(part),
        "offloading": type(hook).__name__ if hook is not None else "",
        # Offloaded parts come and go.
        "device": "" if hook is not None else next((str(one.device) for one in part.parameters()), ""),
        "LoRA": tuple(part.__dict__.get("peft_config", ())),
        "step cache": getattr(part, "_cache_config", None) is not None,
        "layers": _layers(part),
        "configuration": dict(getattr(part, "_internal_dict", ())),
    }


def _dtype(part: nn.Module) -> torch.dtype | None:
    return next((one.dtype for one in part.parameters() if one.is_floating_point()), None)


def _layers(part: nn.Module) -> int:
    """Return a number that changes with each layer that is replaced, added or hooked, and each attention processor."""
    found: list[Any] = []
    layers: list[nn.Module | None] = [part]
    while layers:  # several times as fast as `modules()`, which also looks for layers that are there twice
        layer = layers.pop()
        if layer is None:
            continue
        layers += layer._modules.values()
        own = layer.__dict__
        found += (id(layer), id(own.get("processor")), own.get("eos_token_id"))
        # Libraries leave hooks of their own, for example transformers to collect hidden states.
        found += (id(hook) for hook in layer._forward_hooks.values() if _is_ours(hook))
    return hash(tuple(found))


def _is_ours(hook: Any) -> bool:
    return type(hook).__module__.startswith(__name__.partition(".")[0] + ".")
