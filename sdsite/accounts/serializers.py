"""API keys in responses, without their secrets."""

from datetime import datetime

from pydantic import BaseModel, Field

from sdsite.accounts.models import ApiKey
from sdsite.accounts.models.api_key import PREFIX


class KeyOut(BaseModel):
    """An API key: its scopes, its limits and when it was used."""

    id: int
    name: str
    begins_with: str = Field(description="Public part of the key, by which keys can be told apart.")
    scopes: list[str]
    checkpoints: list[str] | None = Field(
        description="Slugs of the checkpoints it may use; null: all that its owner may use."
    )
    seconds_a_day: int | None = Field(
        description="GPU seconds of its jobs in any 24 hours; null: the limit of its owner's role alone."
    )
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute; null: never.")
    revoked_at: datetime | None


def serialize_key(key: ApiKey) -> KeyOut:
    """Return `key` as its owner sees it."""
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
