"""Keys with which programs come in."""

import hashlib
import secrets
from datetime import datetime
from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

PREFIX = "sds"
LOOKUP_CHARACTERS = 8
SCOPES: dict[str, str] = {
    "generate": "Make pictures: submit, cancel and retry jobs",
    "read": "See own jobs and images",
    "write": "Change and delete own images",
    "moderate": "Look after everybody's images: hold back, release, delete",
    "admin": "Run the site: the queue's switches, what everybody shares, own API keys",
}


def digest(key: str) -> str:
    """Return the SHA-256 of a whole key as 64 hex digits; all of a key that is ever stored."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Questions one asks of keys."""

    def usable(self, at: datetime | None = None) -> Self:
        """Keys that are neither revoked nor expired, of people who may still log in."""
        now = at or timezone.now()
        alive = Q(expires_at=None) | Q(expires_at__gt=now)
        return self.filter(alive, revoked_at=None, owner__is_active=True)

    def visible_to(self, user: AbstractBaseUser) -> Self:
        """Keys that `user` may list and revoke: their own."""
        return self.filter(owner=user)


class ApiKey(models.Model):
    """One key: `sds_<8 look-up characters>_<secret>`, shown once; only its SHA-256 is stored.

    Checkpoints are slugs, because people know nothing of the studio; one that is gone opens nothing.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    lookup = models.CharField(max_length=LOOKUP_CHARACTERS, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=list)
    seconds_a_day = models.PositiveIntegerField(
        "accelerator seconds a day",
        null=True,
        blank=True,
        help_text="What its jobs may take in any 24 hours. Empty: as much as its owner's role allows.",
    )
    checkpoints = models.JSONField(
        default=list, blank=True, help_text="Slugs that it may ask for. None: every one that its owner may."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        """Newest first."""

        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """Name and look-up part, never the secret."""
        return f"{self.name} ({PREFIX}_{self.lookup}_…)"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @staticmethod
    def make_secret() -> tuple[str, str]:
        """Return a fresh (look-up characters, whole key)."""
        alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
        lookup = "".join(secrets.choice(alphabet) for _ in range(LOOKUP_CHARACTERS))
        return lookup, f"{PREFIX}_{lookup}_{secrets.token_urlsafe(32)}"
