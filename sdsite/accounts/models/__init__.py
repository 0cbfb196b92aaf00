"""Users, API keys, audit events, and the rows of signing up."""

from sdsite.accounts.models.api_key import SCOPES, ApiKey
from sdsite.accounts.models.audit import AuditEvent
from sdsite.accounts.models.joining import Invitation, InvitationUse, SignupMode, SignupRequest, SignupSettings
from sdsite.accounts.models.user import User, lock_user

__all__ = [
    "SCOPES",
    "ApiKey",
    "AuditEvent",
    "Invitation",
    "InvitationUse",
    "SignupMode",
    "SignupRequest",
    "SignupSettings",
    "User",
    "lock_user",
]
