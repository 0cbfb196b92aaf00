"""Reading the site settings: one row, and the variables of the environment that win over it.

A request reads the row once (`per_request`); everybody else, workers among them, at each call. So a change holds
everywhere from the next request or job, and nothing has to be told to any process.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from sdsite import env
from sdsite.accounts.models import SiteSettings

# Setting -> variable of the environment that fixes it.
FIXED_BY = {
    "dialects": "SDSITE_DIALECTS",
    "strict_models": "SDSITE_STRICT_MODELS",
    "trash_days": "SDSITE_TRASH_DAYS",
    "uploads_days": "SDSITE_UPLOADS_DAYS",
    "deletion_days": "SDSITE_DELETION_DAYS",
    "audit_days": "SDSITE_AUDIT_DAYS",
}


@dataclass(frozen=True)
class Announcement:
    """What administrators tell everybody; `id` changes with the text, so that a new one is seen again."""

    id: str
    text: str
    severity: str
    until: datetime | None


@dataclass(frozen=True)
class Values:
    """The site settings as they hold now.

    Days of 0 mean: for ever (`trash_days`, `jobs_days`), or in the next round of maintenance (`deletion_days`,
    `rule_facts_days`).
    `logo` is a digest, empty without one; `dialects` are names of `sdsite.api.compat.registry`.
    """

    name: str
    logo: str
    dialects: tuple[str, ...]
    strict_models: bool
    speed_mode: str
    trash_days: int
    uploads_days: int
    jobs_days: int
    deliveries_days: int
    deletion_days: int
    audit_days: int
    rule_hits_days: int
    rule_facts_days: int
    announcement: Announcement | None


class _Memo:
    """The values that one request has read; None before it asked."""

    values: Values | None = None


_memo: ContextVar[_Memo | None] = ContextVar("site_settings", default=None)


def fixed_by(name: str) -> str:
    """Return the variable of the environment that fixes setting `name`; empty where administrators choose."""
    variable = FIXED_BY.get(name, "")
    is_given = variable in settings.ENV_GIVEN or settings.ENV.get(variable) != env.DEFAULTS.get(variable)
    return variable if variable and is_given else ""


def current() -> Values:
    """Return the settings that hold now: one query in a request, however often it asks, and one a call elsewhere."""
    memo = _memo.get()
    if memo is None:
        return read()
    if memo.values is None:
        memo.values = read()
    return memo.values


def read() -> Values:
    """Read the row."""
    row = SiteSettings.objects.filter(pk=1).first() or SiteSettings(pk=1)
    chosen = {name: getattr(row, name) for name in Values.__dataclass_fields__ if name != "announcement"}
    chosen |= {name: settings.ENV[variable] for name, variable in FIXED_BY.items() if fixed_by(name)}
    return Values(**{**chosen, "dialects": tuple(chosen["dialects"])}, announcement=_announcement(row))


def forget() -> None:
    """Read the row again when this request asks the next time; called by whoever changed it."""
    memo = _memo.get()
    if memo is not None:
        memo.values = None


def _announcement(row: SiteSettings) -> Announcement | None:
    is_over = row.announced_until is not None and row.announced_until <= timezone.now()
    if not row.announcement or is_over or row.announced_at is None:
        return None
    return Announcement(f"{row.announced_at.timestamp():.6f}", row.announcement, str(row.severity), row.announced_until)


def reading_once() -> Callable[[], Any]:
    """Let `current` in this context read the row once, until the function that is returned is called."""
    token = _memo.set(_Memo())
    return lambda: _memo.reset(token)
