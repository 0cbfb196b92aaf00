"""Users, roles, API keys, audit events, notices, rows of signing up, suspension and leaving, settings of the site."""

from sdsite.accounts.models.api_key import SCOPES, ApiKey
from sdsite.accounts.models.audit import AuditEvent
from sdsite.accounts.models.identity_provider import IdentityProvider, ProviderRole
from sdsite.accounts.models.joining import Invitation, InvitationUse, SignupMode, SignupRequest, SignupSettings
from sdsite.accounts.models.leaving import AccountDeletion
from sdsite.accounts.models.notice import Notice
from sdsite.accounts.models.notice_delivery import NoticeDelivery, PushDevice
from sdsite.accounts.models.required_steps import SecondFactorRole, TermsAcceptance, TermsVersion
from sdsite.accounts.models.role import Role
from sdsite.accounts.models.session import UserSession
from sdsite.accounts.models.site import SiteLogo, SiteSettings
from sdsite.accounts.models.suspension import Suspension
from sdsite.accounts.models.user import User, lock_user

__all__ = [
    "SCOPES",
    "AccountDeletion",
    "ApiKey",
    "AuditEvent",
    "IdentityProvider",
    "Invitation",
    "InvitationUse",
    "Notice",
    "NoticeDelivery",
    "ProviderRole",
    "PushDevice",
    "Role",
    "SecondFactorRole",
    "SignupMode",
    "SignupRequest",
    "SignupSettings",
    "SiteLogo",
    "SiteSettings",
    "Suspension",
    "TermsAcceptance",
    "TermsVersion",
    "User",
    "UserSession",
    "lock_user",
]
