"""What a sampler starts from: an empty latent, a picture, a picture with a mask."""

from collections.abc import Mapping

from generation.parameters.ranges import RANGES
from sdsite.api.compat.comfyui.graph_path import Mask, Reading, Taker


def take_latent(reading: Reading, sampler: str) -> None:
    """Take what `sampler` starts from, and how much of it may change.

    ComfyUI runs all the steps whatever the strength, where this site runs half of them at a strength of 0.5: it is
    asked for as many more. An empty latent is drawn on from pure noise, whatever the strength.
    """
    reading.step(reading.graph.source(sampler, "latent_image"), _LATENTS, "no sampler starts from it")
    if reading.found.init_image is None:
        return
    strength, steps = reading.value(sampler, "denoise"), reading.value(sampler, "steps")
    reading.put("strength", sampler, "denoise", strength)
    if strength > 0:
        reading.put("steps", sampler, "steps", int(min(steps / strength, RANGES["steps"].most)))


def take_picture(reading: Reading, node: str) -> None:
    """Take the picture that `node` loads as what it starts from."""
    reading.found.init_image = reading.found.places["init_image"] = (node, "image")


def _empty(reading: Reading, node: str) -> None:
    for name in ("width", "height"):
        reading.put(name, node, name, reading.value(node, name))
    _count(reading, node, "batch_size")


def _repeated(reading: Reading, node: str) -> None:
    _count(reading, node, "amount")
    reading.step(reading.graph.source(node, "samples"), _LATENTS, "it cannot be repeated")


def _count(reading: Reading, node: str, of: str) -> None:
    reading.put("count", node, of, reading.found.fields.get("count", 1) * reading.value(node, of))


def _encoded(reading: Reading, node: str) -> None:
    reading.take_vae(node)
    reading.found.places |= {"width": (node, "pixels"), "height": (node, "pixels")}
    reading.step(
        reading.graph.source(node, "pixels"), {**PICTURES, "ImageScale": _scaled}, "no picture to start from is in it"
    )


def _encoded_for_inpainting(reading: Reading, node: str) -> None:
    _encoded(reading, node)
    _take_mask(reading, node)
    reading.put("mask_fill", node, "mask", "nothing")


def _masked(reading: Reading, node: str) -> None:
    reading.step(reading.graph.source(node, "samples"), {"VAEEncode": _encoded}, "only pictures are masked")
    _take_mask(reading, node)


def _scaled(reading: Reading, node: str) -> None:
    for name in ("width", "height"):
        if reading.value(node, name):  # 0: as the other side and the picture's shape have it
            reading.put(name, node, name, reading.value(node, name))
    reading.put("resize_mode", node, "crop", "crop" if reading.value(node, "crop") == "center" else "stretch")
    reading.step(reading.graph.source(node, "image"), PICTURES, "no picture to start from is in it")


def _take_mask(reading: Reading, node: str) -> None:
    reading.step(reading.graph.source(node, "mask"), _MASKS, "no mask comes from it")


def _mask_of_picture(reading: Reading, node: str) -> None:
    _put_mask(reading, node, "alpha")


def _mask_of_channel(reading: Reading, node: str) -> None:
    _put_mask(reading, node, reading.value(node, "channel"))


def _put_mask(reading: Reading, node: str, channel: str) -> None:
    reading.found.mask = Mask((node, "image"), channel)
    reading.found.places["mask_image"] = (node, "image")


PICTURES: Mapping[str, Taker] = {"LoadImage": take_picture, "ETN_LoadImageBase64": take_picture}
_MASKS: Mapping[str, Taker] = {
    "LoadImage": _mask_of_picture,
    "ETN_LoadImageBase64": _mask_of_picture,
    "LoadImageMask": _mask_of_channel,
}
_LATENTS: Mapping[str, Taker] = {
    "EmptyLatentImage": _empty,
    "EmptySD3LatentImage": _empty,
    "VAEEncode": _encoded,
    "VAEEncodeForInpaint": _encoded_for_inpainting,
    "SetLatentNoiseMask": _masked,
    "RepeatLatentBatch": _repeated,
}
