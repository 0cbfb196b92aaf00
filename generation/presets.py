"""Keep, change and take away styles and presets: one's own, or with the permission those that everybody shares."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from generation.errors import JobRefused
from generation.models.saved import Saved
from sdsite.accounts import audit
from sdsite.accounts.admin_base import action_name
from sdsite.accounts.models import User
from sdsite.accounts.scopes import acts_as_staff

MOST_OWN = 500

Row = TypeVar("Row", bound=Saved)


def keep(kind: type[Row], *, actor: User, shared: bool, fields: Mapping[str, Any]) -> Row:
    """Store a new row of `kind`, of `actor` or shared.

    Raises:
        JobRefused: `invalid_parameters`, `not_allowed` (403, shared without the permission), `too_many_saved` (409).
    """
    if shared:
        _check_permission(kind, actor, "add")
    elif kind.objects.filter(owner=actor).count() >= MOST_OWN:  # type: ignore[attr-defined]
        raise JobRefused("too_many_saved", f"You keep {MOST_OWN} already; delete some.", status=409)
    row = kind(owner=None if shared else actor, **fields)
    _store(row)
    if shared:
        audit.record(actor=actor, action=action_name(row, "created"), target=row)
    return row


def change(row: Row, *, actor: User, fields: Mapping[str, Any], shared: bool | None = None) -> Row:
    """Change a row that `actor` may see; `shared` moves it between one's own and everybody's.

    Raises:
        JobRefused: as `keep`.
    """
    was_shared = row.is_shared
    if was_shared or shared:
        _check_permission(type(row), actor, "change")
    for name, value in fields.items():
        setattr(row, name, value)
    if shared is not None and shared != was_shared:
        row.owner = None if shared else actor
    _store(row)
    if was_shared or row.is_shared:
        audit.record(actor=actor, action=action_name(row, "changed"), target=row, fields=sorted(fields))
    return row


def remove(row: Saved, *, actor: User) -> None:
    """Delete a row that `actor` may see.

    Raises:
        JobRefused: `not_allowed`, it is shared and they lack the permission.
    """
    if row.is_shared:
        _check_permission(type(row), actor, "delete")
        audit.record(actor=actor, action=action_name(row, "deleted"), target=row)
    row.delete()


def may_change(kind: type[Saved], actor: Any) -> bool:
    """Tell whether `actor` may change shared rows of `kind`."""
    return acts_as_staff(actor, f"generation.change_{kind._meta.model_name}", "admin")


def _check_permission(kind: type[Saved], actor: User, verb: str) -> None:
    name = str(kind._meta.model_name)
    if not acts_as_staff(actor, f"generation.{verb}_{name}", "admin"):
        sentence = (
            f"Only staff with the permission may {verb} a shared {name}, with a key only one that has the scope admin."
        )
        raise JobRefused("not_allowed", sentence, status=403)


def _store(row: Saved) -> None:
    try:
        row.full_clean()
        with transaction.atomic():
            row.save()
    except ValidationError as error:
        fields = {name: " ".join(said) for name, said in error.message_dict.items()}
        if "__all__" in fields:  # the constraints on names
            fields["name"] = fields.pop("__all__")
        raise JobRefused("invalid_parameters", "; ".join(fields.values()), fields=fields) from error
    except IntegrityError as error:  # somebody took the name meanwhile
        message = "Another one has this name."
        raise JobRefused("invalid_parameters", message, fields={"name": message}) from error
