"""The admin of the whole site; Django's autodiscovery imports this package, which registers what `site` holds."""

from sdsite.admin import site  # noqa: F401
