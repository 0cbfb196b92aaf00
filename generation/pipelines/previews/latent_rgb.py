"""Conversion of latents to small RGB previews by one matrix, fitted once for each checkpoint.

The autoencoder itself takes as long as a denoising step or longer; a linear map from each latent pixel and its eight
neighbours to the pixels it stands for takes less than a millisecond and is accurate enough for a preview. Fitting by
least squares on synthetic images works for every autoencoder, whatever its channels mean.
"""

import io
import logging
import random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generation.families import FAMILIES
from generation.families.record import Latents
from generation.pipelines.latents.scale import add_frames, get_token_scale, scale, without_frames
from generation.pipelines.loading.device_errors import tells_of_device
from generation.pipelines.loading.load import Loaded

logger = logging.getLogger(__name__)

_FIT_IMAGES = 8
_FIT_SHAPES = 10
_FIT_SIDE = 128
_PATCH = 8  # pixels that one latent pixel stands for in each direction, at the resolution of the fit
_RIDGE = 2e-2  # as if the latents had this much noise variance: early predictions do, and it regularises the fit
JPEG_QUALITY = 70

Floats = NDArray[np.float32]


class LatentToRGB:
    """Converter of one checkpoint's latents to JPEGs. `matrix`: (9 * channels + 1, 8 * 8 * 3), to RGB around 0..1."""

    def __init__(
        self, matrix: Floats, *, form: Latents, factor: Floats | None = None, shift: Floats | None = None
    ) -> None:
        """Keep the fitted `matrix`.

        Args:
            matrix: see the class.
            form: of the family's latents.
            factor: for each number of a token, before the matrix is applied; None: 1.
            shift: added after that; None: 0.
        """
        self.matrix = matrix
        self.form = form
        self.factor, self.shift = factor, shift
        self.channels = (matrix.shape[0] - 1) // 9

    def to_jpegs(self, latents: Floats, *, size: tuple[int, int], longest: int) -> list[bytes]:
        """Return one JPEG for each image of a batch; arguments as for `to_pixels`."""
        return [_jpeg(image) for image in self.to_pixels(latents, size=size, longest=longest)]

    def to_pixels(self, latents: Floats, *, size: tuple[int, int], longest: int) -> list[Image.Image]:
        """Return one preview for each image of a batch.

        Args:
            latents: (batch, channels, height, width), or rows of tokens, (batch, tokens, channels * patch * patch).
            size: width and height of the finished image in pixels.
            longest: longest side of the preview in pixels; never more than the image's own.
        """
        if latents.ndim == 3:
            if self.factor is not None and self.shift is not None:
                latents = latents * self.factor + self.shift
            latents = _unpack(latents, size, self.form)
        scale = min(1.0, longest / max(size))
        shown = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        patch = _choose_patch(max(shown) / max(latents.shape[-2:]))
        return [_image(self._pixels(one, patch), shown) for one in latents]

    def _pixels(self, latents: Floats, patch: int) -> NDArray[np.uint8]:
        """Return (height * patch, width * patch, 3) bytes for (channels, height, width) latents."""
        _, height, width = latents.shape
        colours = _neighbourhoods(latents) @ _shrink_matrix(self.matrix, patch)
        pixels = colours.reshape(height, width, patch, patch, 3).transpose(0, 2, 1, 3, 4)
        pixels = np.nan_to_num(pixels.reshape(height * patch, width * patch, 3))
        return np.asarray((pixels.clip(0, 1) * 255).round(), dtype=np.uint8)


def get_latent_to_rgb(loaded: Loaded) -> LatentToRGB:
    """Return the converter of a loaded checkpoint, fitting it at the first call (a few encodings of 128 px).

    Raises:
        ValueError: the autoencoder gives no finite latents.
    """
    if "latent_to_rgb" not in loaded.notes:
        form = FAMILIES[loaded.family].latents
        loaded.notes["latent_to_rgb"] = LatentToRGB(_fit(loaded), form=form, **get_token_scale(loaded.pipe.vae, form))
    latent_to_rgb: LatentToRGB = loaded.notes["latent_to_rgb"]
    return latent_to_rgb


def get_latent_to_rgb_or_none(loaded: Loaded) -> LatentToRGB | None:
    """Return the converter of a loaded checkpoint, or None if fitting fails: images are then made without previews."""
    if loaded.notes.get("no_latent_to_rgb"):
        return None
    try:
        return get_latent_to_rgb(loaded)
    except Exception as error:
        if tells_of_device(error):
            raise
        logger.exception("no previews with %s", loaded.source.slug)
        loaded.notes["no_latent_to_rgb"] = True
        return None


@torch.no_grad()  # inference mode would leave tensors of its own in an autoencoder that is offloaded by layer
def _fit(loaded: Loaded) -> Floats:
    vae = loaded.pipe.vae
    images = _make_fit_images()
    latents = _encode(vae, images, loaded).float().cpu().numpy()
    if not np.isfinite(latents).all():
        raise ValueError("the autoencoder gives no finite latents")
    rows = np.concatenate([_neighbourhoods(one) for one in latents])
    side = latents.shape[-1]
    fine = _FIT_SIDE // side
    targets = images.numpy().reshape(len(images), 3, side, fine, side, fine).transpose(0, 2, 4, 3, 5, 1)
    targets = targets.reshape(-1, fine, fine, 3)
    if fine != _PATCH:
        targets = np.stack([np.asarray(_resize(target, _PATCH)) for target in targets])
    targets = targets.reshape(len(rows), -1)
    # Latents have unit variance in training, so one ridge parameter suits all checkpoints.
    normal = rows.T @ rows + _RIDGE * len(rows) * np.eye(rows.shape[1], dtype=np.float32)
    return np.linalg.solve(normal, rows.T @ targets).astype(np.float32)


def _encode(vae: Any, images: torch.Tensor, loaded: Loaded) -> torch.Tensor:
    """Return latents at the denoiser's scale for images of 0..1."""
    stored, form = vae.dtype, FAMILIES[loaded.family].latents
    upcast = stored == torch.float16 and getattr(vae.config, "force_upcast", False)
    try:
        if upcast:
            vae.to(torch.float32)
        encoded = vae.encode(add_frames((images * 2 - 1).to(loaded.device.name, vae.dtype), form))
    finally:
        if upcast:
            vae.to(stored)
    latents: torch.Tensor = encoded.latent_dist.mean if hasattr(encoded, "latent_dist") else encoded.latents
    return scale(vae, without_frames(latents, form), form)


def _make_fit_images() -> torch.Tensor:
    """Return (8, 3, 128, 128) synthetic images of 0..1: plain and shaded backgrounds with shapes of all sizes."""
    rng = random.Random(7)

    def colour() -> tuple[int, int, int]:
        return (rng.randrange(256), rng.randrange(256), rng.randrange(256))

    images = []
    for _ in range(_FIT_IMAGES):
        background = Image.new("RGB", (2, 2))
        background.putdata([colour() for _ in range(4)])
        smooth = Image.Resampling.BILINEAR if rng.random() < 0.5 else Image.Resampling.NEAREST
        image = background.resize((_FIT_SIDE, _FIT_SIDE), smooth)
        draw = ImageDraw.Draw(image)
        for _ in range(_FIT_SHAPES):
            x, y, wide, high = (rng.randrange(_FIT_SIDE) for _ in range(4))
            shape = rng.choice([draw.ellipse, draw.rectangle])
            shape((x - wide // 4, y - high // 4, x + wide // 4 + 2, y + high // 4 + 2), fill=colour())
        images.append(np.asarray(image, dtype=np.float32).transpose(2, 0, 1) / 255)
    return torch.from_numpy(np.stack(images))


def _neighbourhoods(latents: Floats) -> Floats:
    """Return (height * width, 9 * channels + 1): each latent pixel with its neighbours, and a constant."""
    channels, height, width = latents.shape
    padded = np.pad(latents, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = [padded[:, y : y + height, x : x + width] for y in range(3) for x in range(3)]
    rows = np.concatenate(around).reshape(9 * channels, -1).T
    return np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1, dtype=np.float32)


def _shrink_matrix(matrix: Floats, patch: int) -> Floats:
    """Return `matrix` for patches of `patch` x `patch` pixels: averages of the fitted ones."""
    share = _PATCH // patch
    fine = matrix.reshape(len(matrix), patch, share, patch, share, 3)
    return fine.mean(axis=(2, 4)).reshape(len(matrix), -1)


def _choose_patch(enlargement: float) -> int:
    return next((patch for patch in (1, 2, 4) if patch >= enlargement), _PATCH)


def _unpack(latents: Floats, size: tuple[int, int], form: Latents) -> Floats:
    """Return (batch, channels, height, width) from rows of squares of latent pixels."""
    batch, _, wide = latents.shape
    patch, unit = form.patch, form.patch * form.pixels
    width, height = size[0] // unit, size[1] // unit
    squares = latents.reshape(batch, height, width, wide // patch**2, patch, patch).transpose(0, 3, 1, 4, 2, 5)
    return np.ascontiguousarray(squares.reshape(batch, wide // patch**2, height * patch, width * patch))


def _resize(target: Floats, side: int) -> Floats:
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(target).permute(2, 0, 1)[None], size=side, mode="bilinear", align_corners=False
    )
    return resized[0].permute(1, 2, 0).numpy()


def _image(pixels: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(pixels)
    return image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
