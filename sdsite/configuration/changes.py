"""All settings of the site as one set: what holds, what is fixed, and changing several at once.

Most are columns of `SiteSettings`. The sign-up mode, the default checkpoint, the policy of safety and maintenance have
rows of their own, which stay their one truth; they are changed here in the same transaction, with the same entry of
the audit log.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from generation.jobs import notifications
from generation.jobs.queue_control import MESSAGE_CHARACTERS, store_state
from generation.models import Checkpoint, RoleLimits
from generation.queue.state import current_state
from sdsite.accounts import site_settings
from sdsite.accounts.joining import mode
from sdsite.accounts.models import SignupMode, SiteSettings, User
from sdsite.accounts.models.site import DIALECTS
from sdsite.accounts.site_settings.change import CHANGEABLE, check
from sdsite.accounts.site_settings.values import fixed_by

OF_THE_ROW = (*CHANGEABLE, "logo")
ELSEWHERE = (
    "signup_mode",
    "default_checkpoint",
    "safety",
    "maintenance",
    "maintenance_message",
    "maintenance_until",
)
NAMES = (*CHANGEABLE, *ELSEWHERE)


def held() -> dict[str, Any]:
    """Return every setting of NAMES as it holds now."""
    row = SiteSettings.objects.filter(pk=1).first() or SiteSettings(pk=1)
    now = site_settings.current()
    own = {name: getattr(now if hasattr(now, name) else row, name) for name in CHANGEABLE}
    own |= {name: getattr(row, name) for name in ("announcement", "severity", "announced_until")}
    return {**own, "dialects": list(own["dialects"]), **_held_elsewhere()}


def fixed() -> dict[str, str]:
    """Return {setting: variable of the environment} of those that the environment fixes."""
    found = {name: fixed_by(name) for name in CHANGEABLE}
    found["signup_mode"] = "SDSITE_SIGNUP" if mode.is_fixed() else ""
    return {name: variable for name, variable in found.items() if variable}


def change(*, actor: User | None, changes: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set the settings of `changes` (some of NAMES, and `logo`), all or none, and tell open pages.

    Returns {setting: (before, after)} of those that changed.

    Raises:
        ValidationError: keyed by setting: what cannot be, what the environment fixes, what contradicts another.
    """
    own = {name: value for name, value in changes.items() if name in OF_THE_ROW}
    with transaction.atomic():
        refuse_contradictions(changes)
        changed = site_settings.change(actor=actor, changes=own, also=lambda: _store_elsewhere(changes))
        if changed:
            transaction.on_commit(notifications.site_changed, robust=True)
    return changed


def refuse_contradictions(changes: Mapping[str, Any]) -> None:
    """Check `changes` as `change` does, and change nothing.

    Raises:
        ValidationError: as `change`.
    """
    errors: dict[str, Any] = {}
    row = SiteSettings.objects.filter(pk=1).first() or SiteSettings(pk=1)
    try:
        check(row, {name: value for name, value in changes.items() if name in CHANGEABLE})
    except ValidationError as error:
        errors |= error.message_dict
    errors |= {name: [sentence] for name, sentence in _errors_elsewhere(changes).items()}
    if errors:
        raise ValidationError(errors)


def _held_elsewhere() -> dict[str, Any]:
    state = current_state()
    policy = RoleLimits.objects.filter(group=None).values_list("safety", flat=True).first()
    return {
        "signup_mode": str(mode.get_mode()),
        "default_checkpoint": _default_checkpoint(),
        "safety": policy or "",
        "maintenance": state.maintenance,
        "maintenance_message": state.message,
        "maintenance_until": state.until,
    }


def _default_checkpoint() -> str:
    return Checkpoint.objects.filter(is_default=True).values_list("slug", flat=True).first() or ""


def _errors_elsewhere(changes: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if unknown := [name for name in changes.get("dialects", ()) if name not in DIALECTS]:
        known = ", ".join(DIALECTS)
        errors["dialects"] = _("Dialects must be some of %(known)s; got %(unknown)s.") % {
            "known": known,
            "unknown": ", ".join(map(str, unknown))[:100],
        }
    if "signup_mode" in changes and changes["signup_mode"] != str(mode.get_mode()):
        errors |= _error_of_mode(changes["signup_mode"])
    slug = changes.get("default_checkpoint")
    if slug and slug != _default_checkpoint() and not Checkpoint.objects.filter(slug=slug, enabled=True).exists():
        errors["default_checkpoint"] = _("The default must be an enabled checkpoint of the site; enable it first.")
    if changes.get("safety", "") not in ("", *RoleLimits.Safety.values):
        errors["safety"] = _("The policy must be allow, blur, quarantine or refuse.")
    return errors | _errors_of_maintenance(changes)


def _error_of_mode(wanted: str) -> dict[str, str]:
    if wanted not in SignupMode.values:
        return {"signup_mode": _("The mode must be closed, invitation, request, verified or open.")}
    try:
        mode.check_mode(wanted)
    except ValidationError as error:
        return {"signup_mode": " ".join(error.messages)}
    return {}


def _errors_of_maintenance(changes: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if len(changes.get("maintenance_message", "")) > MESSAGE_CHARACTERS:
        errors["maintenance_message"] = _("The message must have at most %(most)d characters.") % {
            "most": MESSAGE_CHARACTERS
        }
    until: datetime | None = changes.get("maintenance_until")
    if until is not None and until <= timezone.now() and until != current_state().until:
        errors["maintenance_until"] = _("This time has passed; name one to come, or none.")
    elif until is not None and not changes.get("maintenance", current_state().maintenance):
        errors["maintenance_until"] = _("Only maintenance that is on has an end; switch it on, or name no time.")
    return errors


def _store_elsewhere(changes: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Store what has rows of its own, and return what changed of it."""
    before = _held_elsewhere()
    wanted = {name: changes[name] for name in ELSEWHERE if name in changes and changes[name] != before[name]}
    if "signup_mode" in wanted:
        mode.store_mode(wanted["signup_mode"])
    if "default_checkpoint" in wanted:
        _store_default(wanted["default_checkpoint"])
    if "safety" in wanted:
        RoleLimits.objects.update_or_create(group=None, defaults={"safety": wanted["safety"]})
    if {"maintenance", "maintenance_message", "maintenance_until"} & set(wanted):
        _store_maintenance({**before, **wanted}, switched="maintenance" in wanted)
    after = _held_elsewhere() if wanted else before
    return {name: (_plain(before[name]), _plain(after[name])) for name in ELSEWHERE if before[name] != after[name]}


def _store_default(slug: str) -> None:
    Checkpoint.objects.filter(is_default=True).update(is_default=False)
    if slug:
        Checkpoint.objects.filter(slug=slug, enabled=True).update(is_default=True)


def _store_maintenance(wanted: Mapping[str, Any], *, switched: bool) -> None:
    is_on = wanted["maintenance"]
    store_state(
        maintenance=is_on if switched or is_on else None,
        message=wanted["maintenance_message"],
        until=wanted["maintenance_until"],
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
