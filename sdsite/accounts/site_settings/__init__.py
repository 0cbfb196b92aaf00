"""Settings of the site that administrators choose without a restart: `current()` reads them, `change` changes them."""

from sdsite.accounts.site_settings.change import change
from sdsite.accounts.site_settings.values import Announcement, Values, current, fixed_by

__all__ = ["Announcement", "Values", "change", "current", "fixed_by"]
