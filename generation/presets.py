"""Create, change and delete styles and presets: one's own, or with the permission shared ones."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from generation.errors import JobRefused
from generation.models.saved import Saved
from sdsite.accounts import audit
from sdsite.accounts.admin_base import action_name
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import lock_user
from sdsite.accounts.scopes import acts_as_staff

MOST_OWN = 500

Row = TypeVar("Row", bound=Saved)


@transaction.atomic
def create(kind: type[Row], *, credentials: Credentials, shared: bool, fields: Mapping[str, Any]) -> Row:
    """Create a row of `kind` that belongs to the user of `credentials` or is shared.

    Raises:
        JobRefused: `invalid_parameters`, `not_allowed` (403, shared without the permission), `too_many_saved` (409).
    """
    actor = credentials.user
    row = kind(owner=None if shared else actor, **fields)
    if shared:
        _check_permission(kind, credentials, "add")
        _store(row)
    else:
        with transaction.atomic():
            lock_user(actor.pk)
            if kind.objects.filter(owner=actor).count() >= MOST_OWN:  # type: ignore[attr-defined]
                raise JobRefused("too_many_saved", f"You have {MOST_OWN} already; delete some.", status=409)
            _store(row)
    if shared:
        audit.record(actor=actor, action=action_name(row, "created"), target=row)
    return row


@transaction.atomic
def change(row: Row, *, credentials: Credentials, fields: Mapping[str, Any], shared: bool | None = None) -> Row:
    """Change a row that `credentials` may see; `shared` makes it shared or one's own.

    Raises:
        JobRefused: as `create`.
    """
    actor, was_shared = credentials.user, row.is_shared
    if was_shared or shared:
        _check_permission(type(row), credentials, "change")
    for name, value in fields.items():
        setattr(row, name, value)
    if shared is not None and shared != was_shared:
        row.owner = None if shared else actor
    _store(row)
    if was_shared or row.is_shared:
        audit.record(actor=actor, action=action_name(row, "changed"), target=row, fields=sorted(fields))
    return row


@transaction.atomic
def delete(row: Saved, *, credentials: Credentials) -> None:
    """Delete a row that `credentials` may see.

    Raises:
        JobRefused: `not_allowed` (403, shared without the permission).
    """
    if row.is_shared:
        _check_permission(type(row), credentials, "delete")
        audit.record(actor=credentials.user, action=action_name(row, "deleted"), target=row)
    row.delete()


def may_change(kind: type[Saved], credentials: Credentials) -> bool:
    """Return whether `credentials` may change shared rows of `kind`."""
    return acts_as_staff(credentials, f"generation.change_{kind._meta.model_name}", "admin")


def _check_permission(kind: type[Saved], credentials: Credentials, verb: str) -> None:
    name = str(kind._meta.model_name)
    if not acts_as_staff(credentials, f"generation.{verb}_{name}", "admin"):
        sentence = f"Only staff with the permission may {verb} a shared {name}; an API key needs the scope admin too."
        raise JobRefused("not_allowed", sentence, status=403)


def _store(row: Saved) -> None:
    try:
        row.full_clean()
        with transaction.atomic():
            row.save()
    except ValidationError as error:
        fields = {name: " ".join(messages) for name, messages in error.message_dict.items()}
        if "__all__" in fields:  # of the constraints on names
            fields["name"] = fields.pop("__all__")
        raise JobRefused("invalid_parameters", "; ".join(fields.values()), fields=fields) from error
    except IntegrityError as error:  # another request took the name meanwhile
        message = "There is another one with this name."
        raise JobRefused("invalid_parameters", message, fields={"name": message}) from error
