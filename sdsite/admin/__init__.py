"""Admin of the whole site. Django's autodiscovery imports this package, which imports `site` and `site_settings`."""

from sdsite.admin import site, site_settings  # noqa: F401
