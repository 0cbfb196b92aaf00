"""Changing the site settings: every value is checked, and one entry of the audit log has before and after."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.models import AuditEvent, SiteSettings, User
from sdsite.accounts.plain_text import wrong_characters
from sdsite.accounts.site_settings.values import fixed_by, forget

# Setting -> least and most days.
DAYS = {
    "trash_days": (0, 36_500),
    "uploads_days": (1, 36_500),
    "jobs_days": (0, 36_500),
    "deliveries_days": (1, 3_650),
    "deletion_days": (0, 365),
    "audit_days": (AuditEvent.KEEP_DAYS_AT_LEAST, 36_500),
    "rule_hits_days": (30, 3_650),  # the worker reads what was decided on the prompts of a job that waited
    "rule_facts_days": (0, 3_650),
}
LEAST_JOBS_DAYS = 2  # budgets look 24 hours back
CHANGEABLE = (
    *("name", "dialects", "strict_models", "speed_mode"),
    *DAYS,
    *("announcement", "severity", "announced_until"),
)


@transaction.atomic
def change(
    *, actor: User | None, changes: Mapping[str, Any], also: Callable[[], dict[str, tuple[Any, Any]]] | None = None
) -> dict[str, tuple[Any, Any]]:
    """Set the settings of `changes`, all or none, and return {setting: (before, after)} of those that changed.

    Args:
        actor: Who changes them; None: a command.
        changes: Some of CHANGEABLE, and `logo`, with their new values.
        also: Changes what has rows of its own, and returns its befores and afters for the same entry of the audit log.

    Raises:
        ValidationError: a value is out of range, or the environment fixes it; keyed by setting.
    """
    row, _made = SiteSettings.objects.select_for_update().get_or_create(pk=1)
    changed = check(row, changes)
    if changed:
        for name, (_before, after) in changed.items():
            setattr(row, name, after)
        if "announcement" in changed:
            row.announced_at = timezone.now() if row.announcement else None
        row.save()
        forget()
    all_changed = {**changed, **(also() if also else {})}
    if all_changed:
        before, after = ({name: _plain(pair[part]) for name, pair in all_changed.items()} for part in (0, 1))
        audit.record(actor=actor, action="settings.changed", target=row, before=before, after=after)
    return all_changed


def check(row: SiteSettings, changes: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return {setting: (before, after)} of what `changes` would change in `row`.

    Raises:
        ValidationError: the environment fixes a setting, a value is out of range, or two contradict each other; keyed
            by setting.
    """
    wanted = {name: _clean(value) for name, value in changes.items()}
    changed = {name: (_held(row, name), value) for name, value in wanted.items() if _held(row, name) != value}
    errors = _errors(row, {name: after for name, (_before, after) in changed.items()})
    if errors:
        raise ValidationError(errors)
    return changed


def _errors(row: SiteSettings, changes: dict[str, Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, value in changes.items():
        if variable := fixed_by(name):
            errors[name] = _("%(variable)s fixes this; remove it there to choose here.") % {"variable": variable}
        elif name in DAYS and not DAYS[name][0] <= value <= DAYS[name][1]:
            errors[name] = _("Days must be %(least)d to %(most)d.") % dict(
                zip(("least", "most"), DAYS[name], strict=True)
            )
    until = changes.get("announced_until")
    if until is not None and until <= timezone.now():
        errors["announced_until"] = _("This time has passed; the announcement would never be seen.")
    return {**_contradictions(row, changes), **_too_long(changes), **errors}


def _contradictions(row: SiteSettings, changes: dict[str, Any]) -> dict[str, str]:
    """Return a sentence for days that must not be shorter, or longer, than those of something else."""
    return {**_contradictions_of_rules(row, changes), **_contradictions_of_jobs(row, changes)}


def _contradictions_of_rules(row: SiteSettings, changes: dict[str, Any]) -> dict[str, str]:
    facts, matches = (changes.get(name, getattr(row, name)) for name in ("rule_facts_days", "rule_hits_days"))
    named = "rule_facts_days" if "rule_facts_days" in changes else "rule_hits_days"
    if named not in changes or facts <= matches:
        return {}
    return {named: _("What rules matched in cannot be kept longer than the matches, which it belongs to.")}


def _contradictions_of_jobs(row: SiteSettings, changes: dict[str, Any]) -> dict[str, str]:
    jobs, deliveries = (changes.get(name, getattr(row, name)) for name in ("jobs_days", "deliveries_days"))
    named = "jobs_days" if "jobs_days" in changes else "deliveries_days"
    if named not in changes or not jobs:
        return {}
    if jobs < LEAST_JOBS_DAYS:
        return {
            named: _("Ended jobs are kept for %(least)d days or more: budgets count them.") % {"least": LEAST_JOBS_DAYS}
        }
    if jobs < deliveries:
        return {named: _("Ended jobs must be kept at least as long as webhook deliveries, which belong to them.")}
    return {}


def _too_long(changes: dict[str, Any]) -> dict[str, str]:
    texts = {name: changes[name] for name in ("name", "announcement") if name in changes}
    errors: dict[str, str] = {name: wrong for name, text in texts.items() if (wrong := wrong_characters(text))}
    if "name" in changes and not 1 <= len(changes["name"]) <= 40:
        errors["name"] = _("The name must have 1 to 40 characters.")
    if len(changes.get("announcement", "")) > 500:
        errors["announcement"] = _("An announcement must have at most 500 characters.")
    if "severity" in changes and changes["severity"] not in SiteSettings.Severity.values:
        errors["severity"] = _("The severity must be info, warning or critical.")
    if "speed_mode" in changes and changes["speed_mode"] not in SiteSettings.SpeedMode.values:
        errors["speed_mode"] = _("The speed mode must be exact, small or draft.")
    return errors


def _held(row: SiteSettings, name: str) -> Any:
    variable = fixed_by(name)
    return settings.ENV[variable] if variable else getattr(row, name)


def _clean(value: Any) -> Any:
    """Return texts without spaces at their ends, in one line, and lists without an entry twice."""
    if isinstance(value, str):
        return " ".join(value.split())
    return list(dict.fromkeys(value)) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
