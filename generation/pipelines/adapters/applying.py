"""The one door: put on what a call asks for, kind by kind, and take it off again whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch

from generation.parameters.schema import ResolvedParameters
from generation.pipelines.adapters import autoencoders, controls, embeddings, ip_adapters, loras, refiners, shelf
from generation.pipelines.adapters.fitted import Fitted
from generation.pipelines.loading import Loaded
from generation.pipelines.protocol import Assets, Pictures

# In this order: a ControlNet's pipeline is made of parts that are already those of the call.
KINDS: tuple[Callable[[Fitted], None], ...] = (
    autoencoders.put_on,
    loras.put_on,
    embeddings.put_on,
    ip_adapters.put_on,
    controls.put_on,
    refiners.put_on,
)


@contextmanager
def applied(
    loaded: Loaded, parameters: ResolvedParameters, assets: Assets, pictures: Pictures | None = None
) -> Iterator[Fitted]:
    """Put the adapters that `parameters` name on `loaded`; when the block ends, however it does, all is as before.

    Args:
        loaded: the checkpoint.
        parameters: of the call: what its images share. Embeddings come by `assets` alone, as every prompt has its own.
        assets: where the weights lie, by kind and the name in the wish.
        pictures: the pictures that came along, for ControlNets and IP-Adapters.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`; `refused`, the family has no such adapter.
    """
    with ExitStack() as stack:
        fitted = Fitted(loaded, parameters, assets, pictures or Pictures(), stack)
        try:
            for put_on in KINDS:
                put_on(fitted)
            fitted.of(loaded.pipe)
            yield fitted
        except (MemoryError, torch.OutOfMemoryError):
            shelf.forget()  # the next attempt may need every byte
            raise
