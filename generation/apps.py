"""The studio: from a wish to pixels."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """Jobs, checkpoints and everything that turns one into pictures."""

    name = "generation"
    verbose_name = "Studio"
