"""The matrix of roles as rows of cells for its page, and the posted page as changes of roles."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group
from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import ValidationError as OutOfRange

from generation.models import Job, RoleLimits
from generation.parameters.schema import SPEED_MODES, TASKS
from sdsite.accounts.roles.deeds import ADMINISTRATOR, DEEDS
from sdsite.people.roles.change import KEEP, RoleChange
from sdsite.people.roles.state import BY_SLUG, COUNTS, RoleLimitsState, RoleState, all_groups, state_of

ELSE = "else"  # stands for the limits of everybody else in names of fields
MOST_OPTIONS = 500
LIMITS = ("weight", *COUNTS)


class Unusable(ValueError):
    """A posted value that is none; the message names row and column."""


@dataclass(frozen=True)
class Column:
    """One role, or everybody else (`group` None)."""

    id: str
    label: str
    state: RoleState
    group: Group | None = None
    key: str | None = None
    members: int | None = None

    @property
    def has_everything(self) -> bool:
        """Whether its ticks are fixed."""
        return self.key == ADMINISTRATOR


@dataclass(frozen=True)
class Cell:
    """One input: its kind, its name in the form, its value, and how a screen reader calls it."""

    kind: str
    name: str = ""
    label: str = ""
    value: Any = ""
    checked: bool = False
    fixed: bool = False
    options: list[tuple[str, str, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A row of cells, one for each role."""

    label: str
    cells: list[Cell]
    help: str = ""


def columns() -> list[Column]:
    """Return every role, and everybody else."""
    found = [_column(group) for group in all_groups()]
    row = RoleLimits.objects.filter(group=None).prefetch_related("checkpoints", "loras").first()
    limits = RoleLimitsState.of(row) if row is not None else None
    others = RoleState(name="", is_role=False, permissions=[], opens_admin=False, second_factor=False, limits=limits)
    return [*found, Column(ELSE, _("Everybody else"), others)]


def _column(group: Group) -> Column:
    role = getattr(group, "role", None)
    label = str(role) if role is not None else group.name
    return Column(str(group.pk), label, state_of(group), group, role.key if role is not None else None)


def seen(found: list[Column]) -> str:
    """Return a digest of the roles, by which a page that is older than a change is recognised."""
    states = [(one.id, one.state.model_dump(mode="json")) for one in found]
    return hashlib.sha256(json.dumps(states, sort_keys=True).encode()).hexdigest()


def permission_table(found: list[Column]) -> list[Row]:
    """Return the rows of ticks."""
    roles = [one for one in found if one.group is not None]
    rows = [
        Row(
            _("Own permissions"),
            [
                _tick(f"role:{one.id}", _("Own permissions"), one, one.state.is_role, fixed=one.state.is_role)
                for one in roles
            ],
            _("Without the tick: what members may do, and what the group adds."),
        )
    ]
    rows += [
        Row(
            str(words),
            [_tick(f"p:{one.id}", str(words), one, deed in one.state.permissions, value=deed) for one in roles],
            deed,
        )
        for deed, words in DEEDS.items()
    ]
    opens = _("Open the administration")
    rows.append(Row(opens, [_tick(f"opens:{one.id}", opens, one, one.state.opens_admin) for one in roles]))
    factor = _("Second factor required")
    ticks = [Cell("tick", f"factor:{one.id}", f"{factor}: {one.label}", "on", one.state.second_factor) for one in roles]
    rows.append(
        Row(factor, ticks, _("Members without a passkey or an app with codes see only the page that sets one up."))
    )
    return rows


def _tick(name: str, row: str, column: Column, checked: bool, *, fixed: bool = False, value: str = "on") -> Cell:
    return Cell("tick", name, f"{row}: {column.label}", value, checked, fixed or column.has_everything)


def limit_table(found: list[Column], posted: QueryDict | None = None) -> list[Row]:
    """Return the rows of limits; `posted` are values that were refused, to be shown again."""
    own = _("Own limits")
    rows = [
        Row(
            own,
            [_tick_of_limits(one, own) for one in found],
            _("Without the tick: the limits of everybody else. An empty field does not limit."),
        )
    ]
    rows += [Row(_label(name), [_number(name, one, posted) for one in found]) for name in LIMITS]
    rows.append(Row(_label("safety"), [_select("safety", one, _safety(one), "select") for one in found]))
    rows += [
        Row(_label(name), [_select(name, one, _options(name, one), "several") for one in found]) for name in CHOSEN
    ]
    return rows


def _tick_of_limits(column: Column, label: str) -> Cell:
    return Cell("tick", f"own:{column.id}", f"{label}: {column.label}", "on", column.state.limits is not None)


def _label(name: str) -> str:
    column: Any = RoleLimits._meta.get_field(name)
    verbose = str(column.verbose_name)
    return verbose[:1].upper() + verbose[1:].replace(" mb", " MB")


def _number(name: str, column: Column, posted: QueryDict | None) -> Cell:
    field_name = f"n:{column.id}:{name}"
    value = getattr(column.state.limits, name) if column.state.limits else None
    if posted is not None:
        value = posted.get(field_name, "")
    return Cell("number", field_name, f"{_label(name)}: {column.label}", "" if value is None else value)


def _select(name: str, column: Column, options: list[tuple[str, str, bool]], kind: str) -> Cell:
    return Cell(kind, f"c:{column.id}:{name}", f"{_label(name)}: {column.label}", options=options)


def _safety(column: Column) -> list[tuple[str, str, bool]]:
    chosen = column.state.limits.safety if column.state.limits else ""
    choices: list[tuple[str, str]] = [("", "–"), *((one.value, str(one.label)) for one in RoleLimits.Safety)]
    return [(value, label, value == chosen) for value, label in choices]


CHOSEN = ("checkpoints", "loras", "tasks", "speed_modes", "sources")


def _options(name: str, column: Column) -> list[tuple[str, str, bool]]:
    chosen = set(getattr(column.state.limits, name)) if column.state.limits else set()
    return [(value, label, value in chosen) for value, label in _choices(name)]


def _choices(name: str) -> list[tuple[str, str]]:
    if name == "tasks":
        return [(task, task.replace("_", " ").capitalize()) for task in TASKS]
    if name == "speed_modes":
        return [(mode, mode.capitalize()) for mode in SPEED_MODES]
    if name == "sources":
        return [(source.value, str(source.label)) for source in Job.SOURCES_OF_ROLES]
    return list(BY_SLUG[name]().order_by("title").values_list("slug", "title")[:MOST_OPTIONS])


def changes_of(posted: QueryDict, found: list[Column]) -> dict[int | None, RoleChange]:
    """Return the changes that a posted page asks for.

    Raises:
        Unusable: a number is none, or out of range.
    """
    return dict(_changes(posted, found))


def _changes(posted: QueryDict, found: list[Column]) -> Iterator[tuple[int | None, RoleChange]]:
    for column in found:
        limits = _limits(posted, column) if f"own:{column.id}" in posted else None
        factor = f"factor:{column.id}" in posted
        if column.group is None:
            yield None, RoleChange(limits=limits)
        elif column.has_everything or not (column.state.is_role or f"role:{column.id}" in posted):
            yield column.group.pk, RoleChange(limits=limits, second_factor=factor)
        else:
            ticks = [deed for deed in posted.getlist(f"p:{column.id}") if deed in DEEDS]
            opens = f"opens:{column.id}" in posted
            yield column.group.pk, RoleChange(KEEP, ticks, opens, limits, factor)


def _limits(posted: QueryDict, column: Column) -> RoleLimitsState:
    values: dict[str, Any] = {name: posted.get(f"n:{column.id}:{name}", "").strip() or None for name in LIMITS}
    values["weight"] = values["weight"] or 1.0
    values["safety"] = posted.get(f"c:{column.id}:safety", "")
    values |= {name: posted.getlist(f"c:{column.id}:{name}") for name in CHOSEN}
    try:
        return RoleLimitsState.model_validate(values)
    except OutOfRange as error:
        first = error.errors()[0]
        row = _label(str(first["loc"][0]))
        raise Unusable(f"{column.label}, {row}: {first['msg']}") from error
