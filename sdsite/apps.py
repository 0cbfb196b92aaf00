"""Django app of the project, which has management commands and system checks."""

from django.apps import AppConfig


class SdsiteConfig(AppConfig):
    """Registers the system checks of the site."""

    name = "sdsite"
    label = "sdsite"

    def ready(self) -> None:
        """Import the checks, which registers them."""
        from sdsite import checks  # noqa: F401
