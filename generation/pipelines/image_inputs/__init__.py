"""What is drawn from pictures: image-to-image, inpainting, outpainting."""

from generation.pipelines.image_inputs.pipeline_classes import of_any_latents, pipeline_for
from generation.pipelines.image_inputs.prepare import Prepared, arguments_for, prepare, reached_strength

__all__ = ["Prepared", "arguments_for", "of_any_latents", "pipeline_for", "prepare", "reached_strength"]
