"""Parser of a sampler's latent input: an empty latent, an image, or an image with a mask."""

from collections.abc import Mapping
from dataclasses import dataclass

from generation.parameters.ranges import RANGES
from sdsite.api.compat.comfyui.graphs.reading import Handler, Mask, Reading


@dataclass(frozen=True)
class SamplerPass:
    """What one sampler node does: of a schedule of `steps`, those from `first` to before `last`.

    `strength` is the denoising strength, of the input `strength_input`. `adds_noise` to its latents before, and
    `leaves_noise` in them for another sampler.
    """

    node: str
    seed_input: str
    steps: int
    first: int
    last: int
    strength: float
    strength_input: str
    adds_noise: bool = True
    leaves_noise: bool = False

    @property
    def made(self) -> int:
        """Steps that it makes."""
        return self.last - self.first


def parse_latent(reading: Reading, found: SamplerPass) -> None:
    """Parse the latent input of a sampler, and its denoising strength.

    ComfyUI runs all steps at any strength, where this site runs half of them at a strength of 0.5, so more steps are
    requested in proportion. From an empty latent the strength has no effect.
    """
    node = found.node
    reading.step(reading.graph.source(node, "latent_image"), _LATENTS, "no sampler starts from it")
    if reading.found.init_image is None:
        if found.first:
            raise reading.refuse(node, "it starts in the middle, of an empty latent", "start_at_step")
        return
    reading.put("strength", node, found.strength_input, found.strength)
    if found.strength > 0:
        reading.put("steps", node, "steps", int(min(found.made / found.strength, RANGES["steps"].most)))


def parse_init_image(reading: Reading, node: str) -> None:
    """Set the image that `node` loads as the init image."""
    reading.found.init_image = reading.found.places["init_image"] = (node, "image")


def _parse_empty(reading: Reading, node: str) -> None:
    for name in ("width", "height"):
        reading.put(name, node, name, reading.value(node, name))
    _put_count(reading, node, "batch_size")


def _parse_repeat(reading: Reading, node: str) -> None:
    _put_count(reading, node, "amount")
    reading.step(reading.graph.source(node, "samples"), _LATENTS, "it cannot be repeated")


def _put_count(reading: Reading, node: str, of: str) -> None:
    reading.put("count", node, of, reading.found.fields.get("count", 1) * reading.value(node, of))


def _parse_encode(reading: Reading, node: str) -> None:
    reading.take_vae(node)
    reading.found.places |= {"width": (node, "pixels"), "height": (node, "pixels")}
    reading.step(reading.graph.source(node, "pixels"), {**IMAGES, "ImageScale": _parse_scale}, "it has no init image")


def _parse_encode_for_inpainting(reading: Reading, node: str) -> None:
    _parse_encode(reading, node)
    _parse_mask(reading, node)
    reading.put("mask_fill", node, "mask", "nothing")


def _parse_noise_mask(reading: Reading, node: str) -> None:
    reading.step(reading.graph.source(node, "samples"), _ENCODED, "only images are masked")
    _parse_mask(reading, node)


def _parse_scale(reading: Reading, node: str) -> None:
    for name in ("width", "height"):
        if reading.value(node, name):  # 0: follows from the other side and the aspect ratio
            reading.put(name, node, name, reading.value(node, name))
    reading.put("resize_mode", node, "crop", "crop" if reading.value(node, "crop") == "center" else "stretch")
    reading.step(reading.graph.source(node, "image"), IMAGES, "it has no init image")


def _parse_mask(reading: Reading, node: str) -> None:
    reading.step(reading.graph.source(node, "mask"), _MASKS, "no mask comes from it")


def _parse_alpha_mask(reading: Reading, node: str) -> None:
    _put_mask(reading, node, "alpha")


def _parse_channel_mask(reading: Reading, node: str) -> None:
    _put_mask(reading, node, reading.value(node, "channel"))


def _put_mask(reading: Reading, node: str, channel: str) -> None:
    reading.found.mask = Mask((node, "image"), channel)
    reading.found.places["mask_image"] = (node, "image")


_ENCODED: Mapping[str, Handler] = {"VAEEncode": _parse_encode, "VAEEncodeTiled": _parse_encode}
IMAGES: Mapping[str, Handler] = {"LoadImage": parse_init_image, "ETN_LoadImageBase64": parse_init_image}
_MASKS: Mapping[str, Handler] = {
    "LoadImage": _parse_alpha_mask,
    "ETN_LoadImageBase64": _parse_alpha_mask,
    "LoadImageMask": _parse_channel_mask,
}
_LATENTS: Mapping[str, Handler] = {
    "EmptyLatentImage": _parse_empty,
    "EmptySD3LatentImage": _parse_empty,
    **_ENCODED,
    "VAEEncodeForInpaint": _parse_encode_for_inpainting,
    "SetLatentNoiseMask": _parse_noise_mask,
    "RepeatLatentBatch": _parse_repeat,
}
