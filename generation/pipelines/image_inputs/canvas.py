"""Canvas of one image: the start image and mask for the network, and how its result is pasted back."""

from dataclasses import dataclass

from PIL import Image

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.image_inputs import mask_fill, masks
from generation.pipelines.image_inputs.masks import Box
from generation.pipelines.image_inputs.resize import fit, flatten
from generation.pipelines.protocol import InputImages


@dataclass(frozen=True)
class Canvas:
    """Input images at the size of the network, and where its result goes.

    `start` (RGB) and `mask` (L, 255: generated; None: everything) have the size that is generated. The result is pasted
    into `base` at `box` (None: all of it) wherever `paste` is white.
    """

    start: Image.Image
    mask: Image.Image | None = None
    base: Image.Image | None = None
    paste: Image.Image | None = None
    box: Box | None = None

    def finish(self, generated: Image.Image) -> Image.Image:
        """Return the finished image; every pixel where `paste` is black is that of `base`, bit for bit.

        A result that a second pass has upscaled is pasted into an upscaled base; for a `box` it is downscaled again.
        """
        if self.base is None or self.paste is None:
            return generated
        whole = generated.convert("RGB")
        if self.box is None:
            base, paste = (_stretch(one, whole.size) for one in (self.base, self.paste))
            return Image.composite(whole, base, paste)
        left, top, right, bottom = self.box
        layer = self.base.copy()
        layer.paste(_stretch(whole, (right - left, bottom - top)), (left, top))
        return Image.composite(layer, self.base, self.paste)


def make_canvas(image_parameters: ResolvedParameters, input_images: InputImages) -> Canvas:
    """Return the canvas of the image with `image_parameters`.

    Raises:
        GenerationError: `picture_missing`, there is no init image. An empty mask is no error: the image comes back as
            it was, and the other jobs of the call are not affected.
    """
    if input_images.init is None:
        raise GenerationError(
            "picture_missing", f"init_image: task {image_parameters.task} needs an image to start from."
        )
    if image_parameters.task != "inpaint":
        return Canvas(
            fit(
                flatten(input_images.init),
                (image_parameters.width, image_parameters.height),
                image_parameters.resize_mode,
            )
        )
    return (
        _masked_canvas(image_parameters, input_images)
        if image_parameters.mask_area == "masked"
        else _whole_canvas(image_parameters, input_images)
    )


def depends_on_seed(image_parameters: ResolvedParameters) -> bool:
    """Return whether the canvas depends on the image's seed."""
    return image_parameters.task == "inpaint" and (
        image_parameters.mask_fill == "noise" or image_parameters.outpaint is not None
    )


def _open_inputs(
    image_parameters: ResolvedParameters, input_images: InputImages
) -> tuple[Image.Image, Image.Image, Image.Image]:
    """Return the init image, its mask, and the mask of what outpainting added, all at the outpainted size."""
    assert input_images.init is not None
    base = flatten(input_images.init)
    of_alpha = image_parameters.mask_image is not None and image_parameters.mask_image == image_parameters.init_image
    asked = input_images.init if of_alpha else input_images.mask
    if asked is None:
        mask = Image.new("L", base.size, 0)
    else:
        mask = masks.read_mask(asked, base.size, invert=image_parameters.mask_invert, of_alpha=of_alpha)
    added = Image.new("L", base.size, 0)
    if image_parameters.outpaint is not None:
        base = mask_fill.extend(base, image_parameters.outpaint)
        mask = mask_fill.extend_mask(mask, image_parameters.outpaint, new=0)
        added = mask_fill.extend_mask(added, image_parameters.outpaint, new=255)
    return base, mask, added


def _whole_canvas(image_parameters: ResolvedParameters, input_images: InputImages) -> Canvas:
    size = (image_parameters.width, image_parameters.height)
    base, mask, added = (
        fit(one, size, image_parameters.resize_mode) for one in _open_inputs(image_parameters, input_images)
    )
    generated = masks.binarize(masks.union([mask, added]))
    return Canvas(
        _fill_mask(image_parameters, base, generated, added),
        generated,
        base,
        _make_paste_mask(image_parameters, mask, added),
    )


def _masked_canvas(image_parameters: ResolvedParameters, input_images: InputImages) -> Canvas:
    size = (image_parameters.width, image_parameters.height)
    base, mask, added = _open_inputs(image_parameters, input_images)
    paste = _make_paste_mask(image_parameters, mask, added)
    box = masks.masked_region(paste, size, image_parameters.mask_padding)
    part, near, new = (_stretch(one.crop(box), size) for one in (base, mask, added))
    generated = masks.binarize(masks.union([near, new]))
    return Canvas(_fill_mask(image_parameters, part, generated, new), generated, base, paste, box)


def _make_paste_mask(image_parameters: ResolvedParameters, mask: Image.Image, added: Image.Image) -> Image.Image:
    """Return where the result is pasted: blurred around the mask, and inwards within what outpainting added."""
    around = masks.blur_mask(mask, image_parameters.mask_blur)
    if image_parameters.outpaint is None:
        return around
    grown = image_parameters.outpaint
    narrowest = min(side for side in (grown.left, grown.top, grown.right, grown.bottom) if side)
    # If a narrow strip were blurred all over, the stretched edge beneath would show.
    return masks.union([around, masks.blur_inwards(added, min(image_parameters.mask_blur, narrowest / 4))])


def _fill_mask(
    image_parameters: ResolvedParameters, start: Image.Image, generated: Image.Image, added: Image.Image
) -> Image.Image:
    if image_parameters.mask_fill != "original":
        return mask_fill.fill(start, generated, image_parameters.mask_fill, seed=image_parameters.seed)
    return mask_fill.add_grain(start, masks.binarize(added), seed=image_parameters.seed) if added.getbbox() else start


def _stretch(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return fit(image, size, "stretch")
