"""One image's pictures: what the network starts from, where it draws, and how its drawing goes back."""

from dataclasses import dataclass

from PIL import Image

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.image_inputs import mask_fill, masks
from generation.pipelines.image_inputs.masks import Box
from generation.pipelines.image_inputs.resize import fit, flat
from generation.pipelines.protocol import InputImages


@dataclass(frozen=True)
class Frame:
    """`start` (RGB) and `mask` (L, 255: drawn anew) have the size that is drawn; without a mask all of it is.

    The drawing is laid into `base` at `box` (all of it where None) wherever `paste` is white.
    """

    start: Image.Image
    mask: Image.Image | None = None
    base: Image.Image | None = None
    paste: Image.Image | None = None
    box: Box | None = None

    def finish(self, drawn: Image.Image) -> Image.Image:
        """Return the finished picture; every pixel where `paste` is black is that of `base`, bit for bit.

        A drawing that a second pass has enlarged is laid into an enlarged base; into a `box` it is brought back.
        """
        if self.base is None or self.paste is None:
            return drawn
        whole = drawn.convert("RGB")
        if self.box is None:
            base, paste = (_at(one, whole.size) for one in (self.base, self.paste))
            return Image.composite(whole, base, paste)
        left, top, right, bottom = self.box
        layer = self.base.copy()
        layer.paste(_at(whole, (right - left, bottom - top)), (left, top))
        return Image.composite(layer, self.base, self.paste)


def frame(image: ResolvedParameters, input_images: InputImages) -> Frame:
    """Return what `image` is drawn from.

    Raises:
        GenerationError: `picture_missing`, no init image came. A mask that leaves nothing to draw is no error: the
            picture comes back as it was, and a job beside it in the call is not kept from its own.
    """
    if input_images.init is None:
        raise GenerationError("picture_missing", f"init_image: task {image.task} needs a picture to start from.")
    if image.task != "inpaint":
        return Frame(fit(flat(input_images.init), (image.width, image.height), image.resize_mode))
    return _masked_area(image, input_images) if image.mask_area == "masked" else _whole(image, input_images)


def is_seeded(image: ResolvedParameters) -> bool:
    """Tell whether the frame depends on the image's seed."""
    return image.task == "inpaint" and (image.mask_fill == "noise" or image.outpaint is not None)


def _canvas(image: ResolvedParameters, input_images: InputImages) -> tuple[Image.Image, Image.Image, Image.Image]:
    """Return the picture, what its mask draws anew and what outpainting added, all at the canvas's own size."""
    assert input_images.init is not None
    base = flat(input_images.init)
    of_alpha = image.mask_image is not None and image.mask_image == image.init_image
    asked = input_images.init if of_alpha else input_images.mask
    if asked is None:
        mask = Image.new("L", base.size, 0)
    else:
        mask = masks.read_mask(asked, base.size, invert=image.mask_invert, of_alpha=of_alpha)
    added = Image.new("L", base.size, 0)
    if image.outpaint is not None:
        base = mask_fill.extend(base, image.outpaint)
        mask = mask_fill.extended_mask(mask, image.outpaint, new=0)
        added = mask_fill.extended_mask(added, image.outpaint, new=255)
    return base, mask, added


def _whole(image: ResolvedParameters, input_images: InputImages) -> Frame:
    size = (image.width, image.height)
    base, mask, added = (fit(one, size, image.resize_mode) for one in _canvas(image, input_images))
    drawn = masks.hard(masks.union([mask, added]))
    return Frame(_filled(image, base, drawn, added), drawn, base, _paste(image, mask, added))


def _masked_area(image: ResolvedParameters, input_images: InputImages) -> Frame:
    size = (image.width, image.height)
    base, mask, added = _canvas(image, input_images)
    paste = _paste(image, mask, added)
    box = masks.region(paste, size, image.mask_padding)
    part, near, new = (_at(one.crop(box), size) for one in (base, mask, added))
    drawn = masks.hard(masks.union([near, new]))
    return Frame(_filled(image, part, drawn, new), drawn, base, paste, box)


def _paste(image: ResolvedParameters, mask: Image.Image, added: Image.Image) -> Image.Image:
    """Return where the drawing is laid: soft around the mask, and soft within what outpainting added."""
    around = masks.soft(mask, image.mask_blur)
    if image.outpaint is None:
        return around
    grown = image.outpaint
    narrowest = min(side for side in (grown.left, grown.top, grown.right, grown.bottom) if side)
    # Softened all over, a narrow strip would show the stretched edge beneath.
    return masks.union([around, masks.soft_inside(added, min(image.mask_blur, narrowest / 4))])


def _filled(image: ResolvedParameters, start: Image.Image, drawn: Image.Image, added: Image.Image) -> Image.Image:
    if image.mask_fill != "original":
        return mask_fill.fill(start, drawn, image.mask_fill, seed=image.seed)
    return mask_fill.grained(start, masks.hard(added), seed=image.seed) if added.getbbox() else start


def _at(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return fit(picture, size, "stretch")
