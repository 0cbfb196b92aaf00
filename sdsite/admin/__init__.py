"""Admin of the whole site. Django's autodiscovery imports this package, which imports `site`."""

from sdsite.admin import site  # noqa: F401
