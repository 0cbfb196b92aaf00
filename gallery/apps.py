"""App configuration of the gallery: images and uploads once they exist, searching, tags, collections."""

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    """Images, their files and who may see them."""

    name = "gallery"
    verbose_name = "Gallery"
