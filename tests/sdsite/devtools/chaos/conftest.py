"""A short chaos run."""

import re

from tests.support.up_process import manage


def run_chaos(tmp_path, *words):
    """Run it for a short time; return the output."""
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


def count_faults(printed):
    return int(re.search(r"Faults \((\d+)\)", printed).group(1))
