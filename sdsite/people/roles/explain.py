"""What a person may do, and why: each permission and limit with the roles that it comes from."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

from generation.limits import get_limits
from generation.models import RoleLimits
from sdsite.accounts.models import Role, User
from sdsite.accounts.roles.backend import may
from sdsite.accounts.roles.deeds import ADMINISTRATOR, DEEDS, MEMBER
from sdsite.people.roles.state import BY_SLUG, COUNTS, deeds_of

LIMITS = ("weight", *COUNTS, *BY_SLUG, "tasks", "speed_modes", "sources")


@dataclass(frozen=True)
class Reason:
    """One permission or limit of a person: its name in plain words, whether or how much, and where it comes from."""

    name: str
    label: str
    value: Any
    because: list[str]

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of what is allowed."""
        return isinstance(self.value, list)


def explain_permissions(user: User) -> list[Reason]:
    """Return every deed, whether `user` may do it, and because of what."""
    sources = _sources(user)
    return [
        Reason(deed, str(words), may(user, deed), [source for source, deeds in sources if deed in deeds])
        for deed, words in DEEDS.items()
    ]


def _sources(user: User) -> list[tuple[str, set[str]]]:
    """Return the sources of permissions of a person, each with the deeds that it allows."""
    everything = set(DEEDS)
    if not user.is_active:
        return []
    found = [(_("superuser"), everything)] if user.is_superuser else []
    groups = list(Group.objects.filter(user=user).select_related("role").prefetch_related("permissions__content_type"))
    groups.sort(key=lambda group: group.name)
    if not any(_role(group) for group in groups):
        member = Role.objects.filter(key=MEMBER).select_related("group").first()
        if member is not None:
            found.append((_("no role: as a member"), _deeds(member.group)))
    for group in groups:
        role = _role(group)
        everything_by_role = role is not None and role.key == ADMINISTRATOR
        found.append((str(role or group.name), everything if everything_by_role else _deeds(group)))
    alone = Permission.objects.filter(user=user).select_related("content_type")
    own = {f"{row.content_type.app_label}.{row.codename}" for row in alone}
    return [*found, (_("granted to this person"), own)]


def _role(group: Group) -> Role | None:
    return getattr(group, "role", None)


def _deeds(group: Group) -> set[str]:
    return {".".join(pair) for pair in deeds_of(group)}


def explain_limits(user: User) -> list[Reason]:
    """Return every limit of `user`, its value (None: no limit), and the roles that give it."""
    limits = get_limits(user.pk)
    rows = RoleLimits.objects.select_related("group__role").prefetch_related(*BY_SLUG)
    own = list(rows.filter(group__user=user)) or list(rows.filter(group=None))
    return [_limit(name, getattr(limits, name), own) for name in LIMITS]


def _limit(name: str, value: Any, rows: list[RoleLimits]) -> Reason:
    listed = isinstance(value, frozenset)
    because = [_name(row) for row in rows if listed or _value(row, name) == value]
    column: Any = RoleLimits._meta.get_field(name)
    return Reason(name, str(column.verbose_name), sorted(value) if listed else value, because)


def _value(row: RoleLimits, name: str) -> Any:
    value = getattr(row, name)
    if name in BY_SLUG:
        return [one.slug for one in value.all()] or None
    return value if value != [] else None


def _name(row: RoleLimits) -> str:
    if row.group is None:
        return _("everybody else")
    return str(_role(row.group) or row.group.name)
