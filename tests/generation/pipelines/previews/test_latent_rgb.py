"""The linear preview is near what the autoencoder decodes."""

import io

import numpy as np
import torch
from PIL import Image

from generation.pipelines.previews.latent_rgb import get_latent_to_rgb


def opened(jpeg):
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


def difference(first, second):
    return np.abs(np.asarray(first, dtype=float) - np.asarray(second, dtype=float)).mean()


def test_the_linear_preview_is_near_the_decoded_image(starter, cache):
    loaded = cache.get(starter)
    generator = torch.Generator().manual_seed(3)
    coarse = torch.rand(1, 3, 3, 3, generator=generator)
    image = torch.nn.functional.interpolate(coarse, size=128, mode="bilinear", align_corners=False)
    with torch.no_grad():
        latents = loaded.pipe.vae.encode(image * 2 - 1).latents * loaded.pipe.vae.config.scaling_factor
    [jpeg] = get_latent_to_rgb(loaded).to_jpegs(latents.numpy(), size=(128, 128), longest=128)
    assert difference(opened(jpeg), (image[0].permute(1, 2, 0) * 255).numpy()) < 16
