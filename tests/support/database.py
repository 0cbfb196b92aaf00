"""The tests' database: a copy of a migrated one, and emptied after each test that commits.

Migrating takes four seconds of a processor and is the same each time, so that it is done once for each state of the
migrations. Sites that tests start in folders of their own get a copy too, except where a new site is what is tested.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tests.support.site import ROOT

KEPT_IN = ROOT / ".pytest_cache" / "migrated"
FILE = "sdsite.sqlite3"
# What migrating fills, and what no test changes.
OF_MIGRATIONS = {"django_migrations", "django_content_type", "auth_permission"}
# What migrating fills in part: the condition that a row was made since. In this order, which their keys ask for.
MADE_SINCE = {
    "auth_group_permissions": "group_id NOT IN (SELECT group_id FROM accounts_role WHERE key IS NOT NULL)",
    "auth_group": "id NOT IN (SELECT group_id FROM accounts_role WHERE key IS NOT NULL)",
    "accounts_role": "key IS NULL",
}


@cache
def migrated():
    """Return a migrated SQLite database that nothing but migrations has written to; made anew when they change."""
    KEPT_IN.mkdir(parents=True, exist_ok=True)
    found = KEPT_IN / f"{_state_of_migrations()}.sqlite3"
    with (KEPT_IN / "lock").open("w") as lock:  # processes of a run ask at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            for old in KEPT_IN.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory() as folder:
                _migrate(Path(folder))
                with closing(sqlite3.connect(Path(folder, FILE))) as made, made:
                    made.execute("VACUUM INTO ?", [str(found.with_suffix(".new"))])
            found.with_suffix(".new").rename(found)
    return found


def copy_into(data):
    """Put a migrated database into the data folder of a site that has not started yet."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(migrated(), data / FILE)


def _migrate(folder):
    own = {"SDSITE_DATA": str(folder), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "sdsite.settings"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, check=True)


def _state_of_migrations():
    """Return a hash of what a migrated database depends on: the migrations, the models' names, and Django."""
    from django.apps import apps

    digest = hashlib.sha256(version("django").encode())
    for app in apps.get_app_configs():
        digest.update(repr([(model._meta.label, model._meta.permissions) for model in app.get_models()]).encode())
        module = find_spec(f"{app.name}.migrations")
        for folder in (module and module.submodule_search_locations) or ():
            for file in sorted(Path(folder).glob("*.py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def empty(connection):
    """Delete every row but those of migrations; Django would also empty its tables of permissions and fill them again.

    Only tables that have a row are touched: a test fills few of some sixty.
    """
    quote = connection.ops.quote_name
    names = [name for name in connection.introspection.django_table_names() if name not in OF_MIGRATIONS]
    rows = {name: f"FROM {quote(name)} WHERE {MADE_SINCE.get(name, '1 = 1')}" for name in [*names, *MADE_SINCE]}
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 {which})" for name, which in rows.items())
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(filled)
        found = {name for (name,) in cursor.fetchall()}
        off, on = TRIGGERS[connection.vendor](cursor, {quote(name) for name in found})
        deletions = [f"DELETE {which}" for name, which in rows.items() if name in found]
        connection.ops.execute_sql_flush([*off, *deletions, *on])


def _triggers_of_sqlite(cursor, tables):
    """Return the statements that drop the triggers of append-only tables and make them again."""
    cursor.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    mine = [(name, sql) for name, sql, table in cursor.fetchall() if f'"{table}"' in tables]
    return [f'DROP TRIGGER "{name}"' for name, _ in mine], [sql for _, sql in mine]


def _triggers_of_postgresql(cursor, tables):
    """Return the statements that switch all triggers off and on, within the transaction of the deletions.

    Foreign keys are triggers too: with their checks pending, no table could be altered.
    """
    way = "SET LOCAL session_replication_role ="
    return [f"{way} replica"], [f"{way} origin"]


TRIGGERS = {"sqlite": _triggers_of_sqlite, "postgresql": _triggers_of_postgresql}
