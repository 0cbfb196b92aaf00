"""The one door: put on what a call asks for, kind by kind, and take it off again whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch

from generation.parameters.schema import ResolvedParameters
from generation.pipelines.adapters import controlnet, ip_adapter, lora, refiner, textual_inversion, vae, weights_cache
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import Assets, InputImages

# In this order: a ControlNet's pipeline is made of parts that are already those of the call.
KINDS: tuple[Callable[[AppliedAdapters], None], ...] = (
    vae.put_on,
    lora.put_on,
    textual_inversion.put_on,
    ip_adapter.put_on,
    controlnet.put_on,
    refiner.put_on,
)


@contextmanager
def applied(
    loaded: Loaded, parameters: ResolvedParameters, assets: Assets, input_images: InputImages | None = None
) -> Iterator[AppliedAdapters]:
    """Put the adapters that `parameters` name on `loaded`; when the block ends, however it does, all is as before.

    Args:
        loaded: the checkpoint.
        parameters: of the call: what its images share. Embeddings come by `assets` alone, as every prompt has its own.
        assets: where the weights lie, by kind and the name in the wish.
        input_images: the pictures that came along, for ControlNets and IP-Adapters.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`; `refused`, the family has no such adapter.
    """
    with ExitStack() as stack:
        fitted = AppliedAdapters(loaded, parameters, assets, input_images or InputImages(), stack)
        try:
            for put_on in KINDS:
                put_on(fitted)
            fitted.of(loaded.pipe)
            yield fitted
        except (MemoryError, torch.OutOfMemoryError):
            weights_cache.forget()  # the next attempt may need every byte
            raise
