"""API keys: make, check, revoke."""

import re
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from sdsite.accounts import audit
from sdsite.accounts.models import SCOPES, ApiKey, User
from sdsite.accounts.models.api_key import PREFIX, digest

KEY_SHAPE = re.compile(r"[\x21-\x7e]{1,200}")
LAST_USE_RESOLUTION = timedelta(minutes=1)  # a busy key must not write its row at every request


def create_key(*, owner: User, name: str, scopes: list[str], expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Make a key for `owner` and return (row, whole key); the whole key is never to be had again.

    Raises:
        ValidationError: no name, unknown or no scopes, or an expiry in the past; keyed by field.
    """
    errors: dict[str, str] = {}
    if not name.strip() or len(name) > 100:
        errors["name"] = "Give the key a name of 1 to 100 characters."
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        errors["scopes"] = f"Choose at least one of {', '.join(SCOPES)}."
    if expires_at is not None and expires_at <= timezone.now():
        errors["expires_at"] = "The expiry must lie in the future."
    if errors:
        raise ValidationError(errors)
    lookup, whole = ApiKey.make_secret()
    key = ApiKey.objects.create(
        owner=owner,
        name=name.strip(),
        lookup=lookup,
        digest=digest(whole),
        scopes=[scope for scope in SCOPES if scope in scopes],
        expires_at=expires_at,
    )
    audit.record(actor=owner, action="api_key.created", target=key, scopes=key.scopes)
    return key, whole


def revoke_key(*, key: ApiKey, actor: User) -> ApiKey:
    """End `key` for good; a second call changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(actor=actor, action="api_key.revoked", target=key)
    key.refresh_from_db()
    return key


def authenticate(raw: str) -> ApiKey | None:
    """Return the usable key that `raw` is, owner included, or None.

    An unknown look-up part costs the same comparison as a wrong secret.
    """
    if not KEY_SHAPE.fullmatch(raw):
        raw = ""  # whatever cannot be a key is looked up all the same
    parts = raw.split("_", 2)
    lookup = parts[1] if len(parts) == 3 and parts[0] == PREFIX else ""
    key = ApiKey.objects.usable().select_related("owner").filter(lookup=lookup).first()
    expected = key.digest if key else "0" * 64
    if not secrets.compare_digest(digest(raw), expected) or key is None:
        return None
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USE_RESOLUTION)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key
