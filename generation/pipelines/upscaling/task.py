"""The task `upscale`: pictures that came along, made larger; no checkpoint is loaded for it."""

import time
from collections.abc import Sequence

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.loading.devices import Device
from generation.pipelines.protocol import Assets, Drawn, GeneratedImage, Part, Timings
from generation.pipelines.receipts import surroundings
from generation.pipelines.upscaling import upscale_task


def enlarge_parts(parts: Sequence[Part], assets: Assets, device: Device, timings: Timings) -> list[Drawn]:
    """Return what became of each part: its init picture enlarged, once for each image that it asks for.

    Raises:
        GenerationCancelled: no part is wanted any more.
        GenerationError: `out_of_memory`; everything else is the result of the part it befell.
    """
    if not any(part.is_wanted() for part in parts):
        raise GenerationCancelled
    began = time.perf_counter()
    drawn: list[Drawn] = []
    for part in parts:
        try:
            drawn.append([_enlarged(part, index, assets, device) for index in part.indices if part.wants(index)])
        except GenerationError as error:
            if error.code == "out_of_memory":
                raise
            drawn.append(error)
    timings.add("upscale", time.perf_counter() - began)
    return drawn


def _enlarged(part: Part, index: int, assets: Assets, device: Device) -> GeneratedImage:
    requested = part.images[index]
    if part.input_images.init is None:
        raise GenerationError("refused", "There is no picture to enlarge.")

    def on_tile(done: int, total: int) -> None:
        if not part.is_wanted():
            raise GenerationCancelled
        part.hooks.on_progress(done, total)

    began = time.perf_counter()
    picture = upscale_task(part.input_images.init, requested, assets, device=device, on_tile=on_tile)
    part.hooks.on_progress(1, 1)
    seconds, receipt = time.perf_counter() - began, surroundings(device.name, assets)
    return GeneratedImage(index, requested.seed, picture, batch_size=1, seconds=seconds, receipt=receipt)
