"""Creating, checking and revoking API keys."""

import logging
import re
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sdsite.accounts import audit
from sdsite.accounts.checkpoint_choices import checkpoints_offered_to
from sdsite.accounts.models import SCOPES, ApiKey, User, lock_user
from sdsite.accounts.models.api_key import PREFIX, digest
from sdsite.accounts.plain_text import wrong_characters
from sdsite.accounts.roles.backend import require
from sdsite.accounts.scopes import HOLDERS, NotPermitted, scopes_open_to

logger = logging.getLogger(__name__)

KEY_SHAPE = re.compile(r"[\x21-\x7e]{1,200}")
LAST_USE_RESOLUTION = timedelta(minutes=1)  # so that a busy key does not write its row at every request
MAKE_KEY = "accounts.make_key"
MOST_KEYS = 200  # usable keys of one user
MOST_SECONDS = 10_000_000  # a day of more than a hundred GPUs
MOST_CHECKPOINTS = 100
# The key that an operator gives in the environment; look-up characters of keys that are made here have no underscore.
ENVIRONMENT_LOOKUP = "_environ"
ENVIRONMENT_SCOPES = ["generate", "read", "write"]


def create_key(
    *,
    owner: User,
    name: str,
    scopes: list[str],
    expires_at: datetime | None = None,
    seconds_a_day: int | None = None,
    checkpoints: Collection[str] = (),
    made_with: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Create a key for `owner` and return (row, whole key); the whole key cannot be read again.

    Args:
        owner: The user for whom it acts.
        name: Its purpose, 1 to 100 characters.
        scopes: Some of `SCOPES`, of those that `owner` may hold.
        expires_at: When it expires; None: never.
        seconds_a_day: GPU seconds of its jobs in any 24 hours, 1 to MOST_SECONDS; None: the role's limit alone.
        checkpoints: Slugs of the checkpoints it may use, of those offered to `owner`; empty: all.
        made_with: The key that authenticated the request; the new key gets no more than it has.

    Raises:
        ValidationError: a value is out of range; keyed by field.
        NotPermitted: `made_with` has limits; several keys made with it would have several times its budget.
        DeedRefused: the roles of the owner do not let them create keys.
    """
    require(owner, MAKE_KEY)
    if made_with is not None and (made_with.seconds_a_day is not None or made_with.checkpoints):
        raise NotPermitted("A key with limits of its own cannot create other keys.")
    found = {
        "name": _wrong_name(name),
        "scopes": _wrong_scopes(owner, scopes, made_with),
        "expires_at": _wrong_end(expires_at, made_with),
        "seconds_a_day": _wrong_budget(seconds_a_day),
        "checkpoints": _wrong_checkpoints(owner, checkpoints),
    }
    errors = {field: sentence for field, sentence in found.items() if sentence}
    if errors:
        raise ValidationError(errors)
    lookup, whole = ApiKey.make_secret()
    with transaction.atomic():
        lock_user(owner.pk)
        if ApiKey.objects.usable().filter(owner=owner).count() >= MOST_KEYS:
            raise ValidationError({"name": f"You already have {MOST_KEYS} usable keys; revoke some."})
        key = ApiKey.objects.create(
            owner=owner,
            name=name.strip(),
            lookup=lookup,
            digest=digest(whole),
            scopes=[scope for scope in SCOPES if scope in scopes],
            expires_at=expires_at,
            seconds_a_day=seconds_a_day,
            checkpoints=sorted(set(checkpoints)),
        )
        audit.record(actor=owner, action="api_key.created", target=key, scopes=key.scopes)
    return key, whole


def change_key(*, key: ApiKey, actor: User, made_with: ApiKey | None = None, **fields: Any) -> ApiKey:
    """Change `name`, `scopes`, `expires_at`, `seconds_a_day` or `checkpoints` of a key; it acts so from its next use.

    Args:
        key: The key; what is changed is bounded as for a new key of its owner.
        actor: Who changes it.
        made_with: The key that authenticated the request; no key gets more than it has, itself included.
        **fields: New values, as `create_key` has them.

    Raises:
        ValidationError: a value is out of range, or the key was revoked; keyed by field.
        NotPermitted: `made_with` has limits, which it could lift.
        DeedRefused: the roles of the owner do not let them create keys.
    """
    require(key.owner, MAKE_KEY)
    if made_with is not None and (made_with.seconds_a_day is not None or made_with.checkpoints):
        raise NotPermitted("A key with limits of its own cannot change keys.")
    checks: dict[str, Callable[[Any], str]] = {
        "name": _wrong_name,
        "scopes": lambda scopes: _wrong_scopes(key.owner, scopes, made_with),
        "expires_at": lambda end: _wrong_end(end, made_with),
        "seconds_a_day": _wrong_budget,
        "checkpoints": lambda slugs: _wrong_checkpoints(key.owner, slugs),
    }
    errors = {name: sentence for name, value in fields.items() if (sentence := checks[name](value))}
    if key.revoked_at is not None:
        errors["name"] = "This key was revoked; create another one."
    if errors:
        raise ValidationError(errors)
    with transaction.atomic():
        row = ApiKey.objects.select_for_update().get(pk=key.pk)
        before = {name: getattr(row, name) for name in fields}
        after = {name: _stored(name, value) for name, value in fields.items()}
        changed = sorted(name for name in fields if before[name] != after[name])
        if changed:
            ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(**after)
            old, new = ({name: _as_json(values[name]) for name in changed} for values in (before, after))
            audit.record(actor=actor, action="api_key.changed", target=row, before=old, after=new)
    key.refresh_from_db()
    return key


def _stored(name: str, value: Any) -> Any:
    """Return a checked value as its column has it."""
    if name == "name":
        return value.strip()
    if name == "scopes":
        return [scope for scope in SCOPES if scope in value]
    return sorted(set(value)) if name == "checkpoints" else value


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _wrong_name(name: str) -> str:
    fits = 1 <= len(name.strip()) <= 100
    return wrong_characters(name.strip()) if fits else "Give the key a name of 1 to 100 characters."


def _wrong_scopes(owner: User, scopes: list[str], made_with: ApiKey | None) -> str:
    open_to_owner = scopes_open_to(owner)
    closed = [scope for scope in scopes if scope in HOLDERS and scope not in open_to_owner]
    if closed:
        return " ".join(f"The scope {scope} is for {HOLDERS[scope][1]}." for scope in closed)
    if not scopes or set(scopes) - set(SCOPES):
        return f"Choose at least one of {', '.join(open_to_owner)}."
    if made_with is not None and set(scopes) - set(made_with.scopes):
        more = ", ".join(scope for scope in SCOPES if scope in scopes and scope not in made_with.scopes)
        return f"A key can only pass on scopes that it has; this one lacks {more}."
    return ""


def _wrong_end(expires_at: datetime | None, made_with: ApiKey | None) -> str:
    if expires_at is not None and expires_at <= timezone.now():
        return "The expiry must lie in the future."
    last = made_with.expires_at if made_with else None
    if last is not None and (expires_at is None or expires_at > last):
        return f"A key cannot create one that expires after it; this one expires {last:%Y-%m-%dT%H:%M:%SZ}."
    return ""


def _wrong_budget(seconds: int | None) -> str:
    fits = seconds is None or 1 <= seconds <= MOST_SECONDS
    return "" if fits else f"GPU seconds a day must be 1 to {MOST_SECONDS}, or empty; got {seconds}."


def _wrong_checkpoints(owner: User, checkpoints: Collection[str]) -> str:
    """Return the error of the chosen checkpoints, "" for none; the database is asked only where some are chosen."""
    if len(checkpoints) > MOST_CHECKPOINTS:
        return f"Choose at most {MOST_CHECKPOINTS} checkpoints."
    offered = checkpoints_offered_to(owner) if checkpoints else {}
    unknown = ", ".join(f"{slug!r:.80}" for slug in checkpoints if slug not in offered)
    return f"Checkpoints must be some of {', '.join(list(offered)[:20])}; got {unknown}." if unknown else ""


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: User) -> ApiKey:
    """Revoke `key` for good; a second call changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(actor=actor, action="api_key.revoked", target=key)
    key.refresh_from_db()
    return key


def authenticate(raw: str) -> ApiKey | None:
    """Return the usable key with the text `raw`, its owner included, or None.

    Any text costs one query, one digest and one comparison; only the first use in a minute writes.
    """
    if not KEY_SHAPE.fullmatch(raw):
        raw = ""  # what cannot be a key is looked up all the same, so that it takes as long
    parts = raw.split("_", 2)
    lookup = parts[1] if len(parts) == 3 and parts[0] == PREFIX else ""
    if _is_of_environment(raw):
        lookup = _ensure_environment_row()
    key = ApiKey.objects.usable().select_related("owner").filter(lookup=lookup).first()
    expected = key.digest if key else "0" * 64
    if not secrets.compare_digest(digest(raw), expected) or key is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - LAST_USE_RESOLUTION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USE_RESOLUTION)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
        key.last_used_at = now
    return key


def _is_of_environment(raw: str) -> bool:
    """Tell whether `raw` is SDSITE_API_KEY; takes as long for any text."""
    whole: str = settings.ENV["SDSITE_API_KEY"]
    return bool(whole) and secrets.compare_digest(raw.encode(), whole.encode())


def _ensure_environment_row() -> str:
    """Return the look-up characters of the environment's key; "" where its user does not exist.

    It has a row like any other key, made at its first use and when it was changed, so that its jobs, its last use and a
    revocation are seen where those of other keys are. A key that was revoked stays so until the environment has
    another one.
    """
    name, stored = settings.ENV["SDSITE_API_KEY_USER"], digest(settings.ENV["SDSITE_API_KEY"])
    if ApiKey.objects.filter(lookup=ENVIRONMENT_LOOKUP, digest=stored, owner__username=name).exists():
        return ENVIRONMENT_LOOKUP
    owner = User.objects.filter(username=name).first()
    if owner is None:
        logger.warning("SDSITE_API_KEY_USER names %r, who is no user of the site", name)
        return ""
    with transaction.atomic():
        ApiKey.objects.filter(lookup=ENVIRONMENT_LOOKUP).delete()
        key, created = ApiKey.objects.get_or_create(
            lookup=ENVIRONMENT_LOOKUP,
            defaults={"owner": owner, "name": "SDSITE_API_KEY", "digest": stored, "scopes": ENVIRONMENT_SCOPES},
        )
        if created:
            audit.record(actor=owner, action="api_key.created", target=key, scopes=key.scopes)
    return ENVIRONMENT_LOOKUP
