"""Admin of the site's rules and of what they matched."""

from generation.admin.rules.matches import RuleHitAdmin
from generation.admin.rules.pages import RuleAdmin

__all__ = ["RuleAdmin", "RuleHitAdmin"]
