"""What is drawn from pictures: image-to-image, inpainting, outpainting."""

from generation.pipelines.modes.classes import pipeline_for

__all__ = ["pipeline_for"]
