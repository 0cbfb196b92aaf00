"""API keys: their row, their form and their scopes."""

import hashlib
import secrets
from datetime import datetime
from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

PREFIX = "sds"
LOOKUP_CHARACTERS = 8
# In English, as errors of the API name them; pages translate them.
SCOPES: dict[str, str] = {
    "generate": gettext_noop("Generate images: submit, cancel and retry jobs"),
    "read": gettext_noop("See own jobs and images"),
    "write": gettext_noop("Change and delete own images"),
    "moderate": gettext_noop("Moderate all images: put under review, approve, delete"),
    "admin": gettext_noop(
        "Administer the site: people, roles, rules, settings, audit log, queue, shared styles, own API keys"
    ),
}


def digest(key: str) -> str:
    """Return the SHA-256 of a whole key as 64 hex digits, the only form in which a key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Selections of API keys."""

    def usable(self, at: datetime | None = None) -> Self:
        """Keys that are neither revoked nor expired, and whose owner may log in."""
        now = at or timezone.now()
        alive = Q(expires_at=None) | Q(expires_at__gt=now)
        return self.filter(alive, revoked_at=None, owner__is_active=True)

    def visible_to(self, user: AbstractBaseUser) -> Self:
        """Keys that `user` may list and revoke: their own."""
        return self.filter(owner=user)


class ApiKey(models.Model):
    """An API key: `sds_<8 look-up characters>_<secret>`, shown once; only its SHA-256 is stored.

    `checkpoints` are slugs, because accounts know no other app; the slug of a deleted checkpoint allows nothing.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    lookup = models.CharField(max_length=LOOKUP_CHARACTERS, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=list)
    seconds_a_day = models.PositiveIntegerField(
        "GPU seconds a day",
        null=True,
        blank=True,
        help_text="GPU time of its jobs in any 24 hours. Empty: as much as its owner's role allows.",
    )
    checkpoints = models.JSONField(
        default=list, blank=True, help_text="Slugs of the checkpoints it may use. None: all that its owner may use."
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
        """Return the name and the look-up part, never the secret."""
        return f"{self.name} ({PREFIX}_{self.lookup}_…)"

    @property
    def is_expired(self) -> bool:
        """Whether the key has expired."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @staticmethod
    def make_secret() -> tuple[str, str]:
        """Return a fresh (look-up characters, whole key)."""
        alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
        lookup = "".join(secrets.choice(alphabet) for _ in range(LOOKUP_CHARACTERS))
        return lookup, f"{PREFIX}_{lookup}_{secrets.token_urlsafe(32)}"
