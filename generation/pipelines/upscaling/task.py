"""The task `upscale`: input images are upscaled without loading a checkpoint."""

import time
from collections.abc import Sequence

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.loading.devices import Device
from generation.pipelines.protocol import Assets, GeneratedImage, Part, PartResult, Timings
from generation.pipelines.receipts import describe_environment
from generation.pipelines.upscaling import upscale_task


def upscale_parts(parts: Sequence[Part], assets: Assets, device: Device, timings: Timings) -> list[PartResult]:
    """Return the result of each part: its init image upscaled, once for each requested image.

    Raises:
        GenerationCancelled: no part is wanted any more.
        GenerationError: `out_of_memory`; any other error is the result of its part.
    """
    if not any(part.is_wanted() for part in parts):
        raise GenerationCancelled
    began = time.perf_counter()
    results: list[PartResult] = []
    for part in parts:
        try:
            results.append([_upscale(part, index, assets, device) for index in part.indices if part.wants(index)])
        except GenerationError as error:
            if error.code == "out_of_memory":
                raise
            results.append(error)
    timings.add("upscale", time.perf_counter() - began)
    return results


def _upscale(part: Part, index: int, assets: Assets, device: Device) -> GeneratedImage:
    image_parameters = part.image_parameters[index]
    if part.input_images.init is None:
        raise GenerationError("refused", "There is no image to upscale.")

    def on_tile(done: int, total: int) -> None:
        if not part.is_wanted():
            raise GenerationCancelled
        part.hooks.on_progress(done, total)

    began = time.perf_counter()
    image = upscale_task(part.input_images.init, image_parameters, assets, device=device, on_tile=on_tile)
    part.hooks.on_progress(1, 1)
    seconds, receipt = time.perf_counter() - began, describe_environment(device.name, assets)
    return GeneratedImage(index, image_parameters.seed, image, batch_size=1, seconds=seconds, receipt=receipt)
