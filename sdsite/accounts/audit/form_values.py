"""Values before and after a change by a form, as far as the audit log may keep them."""

from datetime import date
from typing import Any

from django.db.models import CharField, Model, QuerySet, TextField

Values = dict[str, Any]
MOST = 100  # linked rows of a field: an entry has an end


def changed_values(form: Any) -> tuple[Values, Values]:
    """Return the values of the changed fields of a form, before and after, as JSON; none where it is of no row.

    Numbers, ticks, times, choices and links to other rows are there; free text is not: it may be private or a secret,
    and entries of the log stay when it is deleted.
    """
    row = getattr(form, "instance", None)  # the form of a new password has none
    names = [name for name in form.changed_data if row is not None and _may_be_kept(row, name)]
    return (
        {name: _as_json(form.initial.get(name)) for name in names},
        {name: _as_json(form.cleaned_data.get(name)) for name in names},
    )


def _may_be_kept(row: Model, name: str) -> bool:
    found = {field.name: field for field in (*row._meta.concrete_fields, *row._meta.many_to_many)}
    field = found.get(name)
    return field is not None and not (isinstance(field, CharField | TextField) and not field.choices)


def _as_json(value: Any) -> Any:
    """Return a value of a form as JSON: rows by their keys, times and unknown types as text."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set | QuerySet):
        return sorted(map(_as_json, list(value)[:MOST]), key=str)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)
