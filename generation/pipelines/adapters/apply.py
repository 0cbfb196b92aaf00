"""Context manager that applies a call's adapters, kind by kind, and always removes them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from generation.parameters.schema import ResolvedParameters
from generation.pipelines.adapters import controlnet, ip_adapter, lora, refiner, textual_inversion, vae, weights_cache
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.loading.device_errors import is_shortage
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.pipeline_state import without_offloading
from generation.pipelines.protocol import Assets, InputImages

# In this order: a ControlNet's pipeline is made of the parts that were replaced before.
KINDS: tuple[Callable[[AppliedAdapters], None], ...] = (
    vae.apply,
    lora.apply,
    textual_inversion.apply,
    ip_adapter.apply,
    controlnet.apply,
    refiner.apply,
)


@contextmanager
def apply_adapters(
    loaded: Loaded, parameters: ResolvedParameters, assets: Assets, input_images: InputImages | None = None
) -> Iterator[AppliedAdapters]:
    """Apply the adapters that `parameters` name to `loaded`; at the end, even after an exception, all is as before.

    Args:
        loaded: the checkpoint.
        parameters: shared by the images of the call. Embeddings come from `assets` alone, as each prompt has its own.
        assets: sources of the weights, by kind and the requested name.
        input_images: of the call, for ControlNets and IP-Adapters.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`; `refused`, the family has no such adapter.
    """
    used = any(kind != "upscaler" for kind, _ in assets)
    with without_offloading(loaded, needed=used) as offloading, ExitStack() as stack:
        adapters = AppliedAdapters(loaded, parameters, assets, input_images or InputImages(), stack)
        try:
            for apply in KINDS:
                apply(adapters)
            adapters.adapt(loaded.pipe)
            with offloading():
                yield adapters
        except Exception as error:
            if is_shortage(error):
                weights_cache.clear()  # the next attempt may need every byte
            raise
