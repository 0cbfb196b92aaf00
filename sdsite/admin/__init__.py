"""Admin of the whole site. Django's autodiscovery imports this package, which imports its modules."""

from sdsite.admin import groups, roles, site, site_settings  # noqa: F401
