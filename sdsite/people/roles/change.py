"""Changing and creating roles: all changes at once, with one entry of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from generation.models import RoleLimits
from sdsite.accounts import audit
from sdsite.accounts.models import Role, User
from sdsite.accounts.required_steps.second_factor import ask_members
from sdsite.accounts.roles.deeds import ADMINISTRATOR
from sdsite.people.roles.state import BY_SLUG, PLAIN, RoleLimitsState, all_groups, permission_rows, state_of

LONGEST_NAME = 150
MOST_ROLES = 30  # the matrix has a column for each
EVERYBODY_ELSE = None  # key of the limits of those without a role that has limits


class Keep:
    """Stands for a part that stays as it is."""


KEEP = Keep()


@dataclass(frozen=True)
class RoleChange:
    """What becomes of a role; KEEP leaves a part as it is, limits None removes its own limits."""

    name: str | Keep = KEEP
    permissions: list[str] | Keep = KEEP
    opens_admin: bool | Keep = KEEP
    limits: RoleLimitsState | Keep | None = KEEP
    second_factor: bool | Keep = KEEP


@transaction.atomic
def change_roles(changes: Mapping[int | None, RoleChange], *, actor: User) -> bool:
    """Change roles by the ids of their groups (None: the limits of everybody else); return whether anything changed.

    Raises:
        ValidationError: a name is taken or no name, a slug is unknown, or the role of administrators would lose
            something; nothing is changed then.
    """
    list(Group.objects.select_for_update().filter(pk__in=[pk for pk in changes if pk is not None]).order_by("pk"))
    groups: dict[int | None, Group] = {group.pk: group for group in all_groups()}
    before = {pk: _parts(groups.get(pk)) for pk in changes}
    for pk, change in changes.items():
        _apply(groups.get(pk), change)
    groups = {group.pk: group for group in all_groups()}
    after = {pk: _parts(groups.get(pk)) for pk in changes}
    changed = [pk for pk in changes if before[pk] != after[pk]]
    if changed:
        pairs = [_difference(before[pk], after[pk]) for pk in changed]
        names = [before[pk].get("name", "everybody else") for pk in changed]
        audit.record(
            actor=actor,
            action="roles.changed",
            target=", ".join(names),
            before={name: old for name, (old, _new) in zip(names, pairs, strict=True)},
            after={name: new for name, (_old, new) in zip(names, pairs, strict=True)},
        )
    return bool(changed)


@transaction.atomic
def create_role(*, name: str, change: RoleChange, actor: User) -> Group:
    """Create a role and return its group.

    Raises:
        ValidationError: as `change_roles`, or there are MOST_ROLES.
    """
    if Role.objects.count() >= MOST_ROLES:
        raise ValidationError({"name": _("There are %(most)d roles already.") % {"most": MOST_ROLES}})
    group = Group.objects.create(name=_name(name, None))
    Role.objects.create(group=group)
    _apply(group, change)
    made = next(one for one in all_groups() if one.pk == group.pk)
    audit.record(actor=actor, action="role.created", target=made.name, after=_parts(made))
    return made


def _parts(group: Group | None) -> dict[str, Any]:
    if group is not None:
        return state_of(group).model_dump(mode="json")
    row = RoleLimits.objects.filter(group=None).prefetch_related("checkpoints", "loras").first()
    return {"limits": RoleLimitsState.of(row).model_dump(mode="json") if row is not None else None}


def _difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parts that differ, of limits those that differ."""
    old, new = {}, {}
    for name, value in before.items():
        if value == after[name]:
            continue
        if name == "limits" and value and after[name]:
            old[name], new[name] = _difference(value, after[name])
        else:
            old[name], new[name] = value, after[name]
    return old, new


def _apply(group: Group | None, change: RoleChange) -> None:
    if group is not None:
        _apply_to_role(group, change)
    if not isinstance(change.limits, Keep):
        _set_limits(group, change.limits)


def _apply_to_role(group: Group, change: RoleChange) -> None:
    role, _made = Role.objects.get_or_create(group=group) if _decides(change) else (_role_of(group), False)
    key = role.key if role is not None else None
    if not isinstance(change.name, Keep) and change.name != group.name:
        group.name = _name(change.name, group)
        group.save(update_fields=["name"])
    if not isinstance(change.second_factor, Keep):
        ask_members(group, required=change.second_factor)
    if key == ADMINISTRATOR:
        if _loses(change):
            sentence = _("Administrators may do everything, and see the administration.")
            raise ValidationError({"permissions": sentence})
        return
    if not isinstance(change.permissions, Keep):
        rows = permission_rows()
        wanted = {rows[name].pk for name in change.permissions if name in rows}
        held = set(group.permissions.filter(pk__in=[row.pk for row in rows.values()]).values_list("pk", flat=True))
        group.permissions.remove(*(held - wanted))
        group.permissions.add(*(wanted - held))
    if role is not None and not isinstance(change.opens_admin, Keep) and change.opens_admin != role.opens_admin:
        role.opens_admin = change.opens_admin
        role.save(update_fields=["opens_admin"])
        _follow(group)


def _decides(change: RoleChange) -> bool:
    """Tell whether a change makes a role of a group of before: it says what its members may do."""
    return not (isinstance(change.permissions, Keep) and isinstance(change.opens_admin, Keep))


def _loses(change: RoleChange) -> bool:
    ticks = change.permissions
    missing = not isinstance(ticks, Keep) and not set(permission_rows()) <= set(ticks)
    return missing or change.opens_admin is False


def _role_of(group: Group) -> Role | None:
    return Role.objects.filter(group=group).first()


def _follow(group: Group) -> None:
    """Make staff of the members of a role that opens the administration now, or no longer where no other one does."""
    opening = User.groups.through._default_manager.filter(group__role__opens_admin=True).values("user")
    members = User.objects.filter(groups=group)
    members.filter(pk__in=opening).update(is_staff=True)
    members.exclude(Q(pk__in=opening) | Q(is_superuser=True)).update(is_staff=False)


def _name(name: str, group: Group | None) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValidationError({"name": _("A name has 1 to %(most)d characters.") % {"most": LONGEST_NAME}})
    others = Group.objects.exclude(pk=group.pk) if group is not None else Group.objects.all()
    if others.filter(name=name).exists():
        raise ValidationError({"name": _("There is a role with this name already.")})
    return name


def _set_limits(group: Group | None, limits: RoleLimitsState | None) -> None:
    if limits is None:
        RoleLimits.objects.filter(group=group).delete()
        return
    chosen = {name: _rows(name, getattr(limits, name)) for name in BY_SLUG}
    row, _made = RoleLimits.objects.update_or_create(
        group=group, defaults={name: getattr(limits, name) for name in PLAIN}
    )
    for name, rows in chosen.items():
        getattr(row, name).set(rows)


def _rows(name: str, slugs: list[str]) -> list[Any]:
    rows = list(BY_SLUG[name]().filter(slug__in=slugs))
    unknown = sorted(set(slugs) - {row.slug for row in rows})
    if unknown:
        sentence = _("%(name)s: there is no %(unknown)s.")
        raise ValidationError({name: sentence % {"name": name, "unknown": ", ".join(unknown)[:200]}})
    return rows
