"""What is drawn from pictures: image-to-image, inpainting, outpainting."""

from generation.pipelines.modes.classes import pipeline_for
from generation.pipelines.modes.preparing import Prepared, arguments_for, prepare, reached_strength

__all__ = ["Prepared", "arguments_for", "pipeline_for", "prepare", "reached_strength"]
