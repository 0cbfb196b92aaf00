"""The walls: images and everything done with them once they exist."""

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    """Images, their files and who may see them."""

    name = "gallery"
    verbose_name = "Gallery"
