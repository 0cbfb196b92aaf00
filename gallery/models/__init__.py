"""Rows of the gallery."""

from gallery.models.image import Image

__all__ = ["Image"]
