"""Append-only tables: triggers of the database that refuse changes and deletions, for SQLite and PostgreSQL.

Used in a migration, after the table has all its columns:

    migrations.RunPython(append_only.protect("accounts", "AuditEvent", ...), append_only.release("accounts", ...))

SQLite drops the triggers of a table that Django rebuilds (most `AlterField`, and `AddField` of a column that is not
NULL); such a migration ends with `protect` again, as does one that adds a column.
`tests/sdsite/core/test_append_only.py` tries every column of every protected table.
"""

from collections.abc import Callable, Collection
from typing import Any

Step = Callable[[Any, Any], None]
REFUSAL = "rows of this table are append-only"


def protect(
    app: str, model: str, *, may_be_cleared: Collection[str] = (), deletable_after_days: tuple[str, int] | None = None
) -> Step:
    """Return the function for `RunPython` that makes the table of `model` append-only; it may run again.

    Args:
        app: Label of the app.
        model: Name of the model, as in the migration's state.
        may_be_cleared: Names of fields that an UPDATE may set to NULL, such as the link to a deleted user.
        deletable_after_days: Name of the field with the row's time, and the days after which a DELETE passes; None:
            never.
    """

    def step(apps: Any, schema_editor: Any) -> None:
        meta = apps.get_model(app, model)._meta
        columns = [field.column for field in meta.concrete_fields]
        cleared = [meta.get_field(name).column for name in may_be_cleared]
        age = deletable_after_days and (meta.get_field(deletable_after_days[0]).column, deletable_after_days[1])
        make = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}[schema_editor.connection.vendor]
        _drop(meta.db_table, schema_editor)
        for statement in make(meta.db_table, meta.pk.column, columns, cleared, age):
            schema_editor.execute(statement)

    return step


def release(app: str, model: str) -> Step:
    """Return the function for `RunPython` that removes what `protect` made."""

    def step(apps: Any, schema_editor: Any) -> None:
        _drop(apps.get_model(app, model)._meta.db_table, schema_editor)

    return step


def _drop(table: str, schema_editor: Any) -> None:
    on = f' ON "{table}"' if schema_editor.connection.vendor == "postgresql" else ""
    for name in ("update", "delete", "truncate", "replace"):
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{name}"{on}')


def _only_cleared(columns: list[str], cleared: list[str]) -> str:
    """Return the SQL condition that a changed row differs from the old one in `cleared` columns alone, now NULL."""
    kept = [f'NEW."{name}" IS OLD."{name}"' for name in columns if name not in cleared]
    emptied = [f'(NEW."{name}" IS NULL OR NEW."{name}" IS OLD."{name}")' for name in cleared]
    return " AND ".join(kept + emptied)


def _for_sqlite(table: str, pk: str, columns: list[str], cleared: list[str], age: tuple[str, int] | None) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    # Django stores times in UTC as "2026-01-31 12:00:00.123456", which compares as text.
    young = f"WHEN OLD.\"{age[0]}\" > strftime('%Y-%m-%d %H:%M:%f', 'now', '-{age[1]} days')" if age else ""
    changed = f"WHEN NOT ({_only_cleared(columns, cleared)})" if cleared else ""
    # INSERT OR REPLACE deletes the old row without a trigger of DELETE.
    known = f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE "{pk}" = NEW."{pk}")'  # noqa: S608
    return [
        f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" FOR EACH ROW {known} {refuse}',
        f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" FOR EACH ROW {changed} {refuse}',
        f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" FOR EACH ROW {young} {refuse}',
    ]


def _for_postgresql(
    table: str, pk: str, columns: list[str], cleared: list[str], age: tuple[str, int] | None
) -> list[str]:
    refuse = "EXECUTE FUNCTION refuse_change_of_append_only()"
    young = f"WHEN (OLD.\"{age[0]}\" > now() - interval '{age[1]} days')" if age else ""
    # jsonb compares any two rows, whatever the types of their columns.
    without = "".join(f" - '{name}'" for name in cleared)
    emptied = "".join(
        f' AND (NEW."{name}" IS NULL OR NEW."{name}" IS NOT DISTINCT FROM OLD."{name}")' for name in cleared
    )
    changed = f"WHEN (NOT (to_jsonb(NEW){without} = to_jsonb(OLD){without}{emptied}))" if cleared else ""
    return [
        "CREATE OR REPLACE FUNCTION refuse_change_of_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" FOR EACH ROW {changed} {refuse}',
        f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" FOR EACH ROW {young} {refuse}',
        f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {refuse}',
    ]
