"""How keys look to everybody outside: their owner's programs, and `/api/v1/me`. The secret is never among it."""

from datetime import datetime

from pydantic import BaseModel, Field

from sdsite.accounts.models import ApiKey
from sdsite.accounts.models.api_key import PREFIX


class KeyOut(BaseModel):
    """One key: what it may do, until when, and when it last did."""

    id: int
    name: str
    begins_with: str = Field(description="The part of the key that may be shown, to tell one from another.")
    scopes: list[str]
    checkpoints: list[str] | None = Field(description="Slugs it may ask for; null: every one that its owner may.")
    seconds_a_day: int | None = Field(description="Accelerator seconds in any 24 hours; null: as its owner's role.")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute; null: never.")
    revoked_at: datetime | None


def serialize_key(key: ApiKey) -> KeyOut:
    """Return one key as its owner sees it."""
    return KeyOut(
        id=key.pk,
        name=key.name,
        begins_with=f"{PREFIX}_{key.lookup}_",
        scopes=key.scopes,
        checkpoints=key.checkpoints or None,
        seconds_a_day=key.seconds_a_day,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
