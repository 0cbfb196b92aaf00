"""Generation from input images: image-to-image, inpainting, outpainting."""

from generation.pipelines.image_inputs.pipeline_classes import allow_any_latent_channels, pipeline_for
from generation.pipelines.image_inputs.prepare import PreparedInputs, arguments_for, effective_strength, prepare

__all__ = [
    "PreparedInputs",
    "allow_any_latent_channels",
    "arguments_for",
    "effective_strength",
    "pipeline_for",
    "prepare",
]
