"""The building as a Django app: it brings management commands and system checks."""

from django.apps import AppConfig


class SdsiteConfig(AppConfig):
    """Registers the site-wide checks."""

    name = "sdsite"
    label = "sdsite"

    def ready(self) -> None:
        """Import the checks so that Django knows them."""
        from sdsite import checks  # noqa: F401
