"""A short chaos run."""

import re

from tests.support.up_process import manage, manage_inside

WORDS = ("chaos", "--jobs=20", "--customers=3", "--every=5")


def run_chaos(tmp_path, *words):
    """Run it for a short time in a folder that it makes itself; return the output."""
    printed = _printed(manage(tmp_path / "data", *WORDS, f"--log={tmp_path}/log", *words, seconds=400))
    # Nothing of the caller's data folder but the key that every command makes.
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    return printed


def run_chaos_inside(prepared_python, data, *words):
    """Run it for a short time in `data` itself."""
    return _printed(manage_inside(prepared_python, data, *WORDS, *words, seconds=400))


def _printed(ran):
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Every promise was kept." in ran.stdout
    return ran.stdout


def count_faults(printed):
    return int(re.search(r"Faults \((\d+)\)", printed).group(1))
