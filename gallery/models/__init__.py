"""Rows of the gallery."""

from gallery.models.image import Image
from gallery.models.upload import Upload

__all__ = ["Image", "Upload"]
