"""What docs/operations.md tells people to type does work."""

import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing

from tests.support import database
from tests.support.site import ROOT
from tests.support.up_process import manage

TEXT = (ROOT / "docs" / "operations.md").read_text()


def command(start):
    """Return the words of the documented command that begins with `start`."""
    found = re.search(rf"^{re.escape(start)}(?:[^\\\n]|\\\n|\\.)*", TEXT, re.MULTILINE)
    return shlex.split(found.group(0).replace("\\\n", " "))


def test_a_site_moves_to_another_database_and_comes_back_from_a_backup(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for data in (old, new):
        database.copy_into(data)
    assert manage(old, "prepare", SDSITE_ADMIN_PASSWORD="correct horse battery staple").returncode == 0

    dump = [
        word.replace("/tmp/site.json", str(tmp_path / "site.json"))
        for word in command(".venv/bin/python manage.py dump")
    ]
    dumped = manage(old, *dump[2:])
    assert dumped.returncode == 0, dumped.stderr
    assert manage(new, "migrate", "-v0").returncode == 0
    loaded = manage(new, "loaddata", tmp_path / "site.json")
    assert loaded.returncode == 0, loaded.stderr
    with closing(sqlite3.connect(new / "sdsite.sqlite3")) as moved:
        assert moved.execute("SELECT username FROM accounts_user").fetchall() == [("admin",)]
        assert moved.execute("SELECT slug FROM generation_checkpoint").fetchall() == [("starter",)]

    code = command(".venv/bin/python -c")[2].replace("data/", f"{old}/").replace("/backup/", f"{tmp_path}/")
    subprocess.run([sys.executable, "-c", code], check=True)
    with sqlite3.connect(tmp_path / "sdsite.sqlite3") as copy:
        assert copy.execute("SELECT username FROM accounts_user").fetchall() == [("admin",)]
