"""Users, API keys and audit events."""

from sdsite.accounts.models.api_key import SCOPES, ApiKey
from sdsite.accounts.models.audit import AuditEvent
from sdsite.accounts.models.user import User, lock_user

__all__ = ["SCOPES", "ApiKey", "AuditEvent", "User", "lock_user"]
