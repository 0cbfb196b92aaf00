"""A run of the tests ends, and fails, when a test hangs or its process dies."""

import os
import subprocess
import sys

from tests.support.site import ROOT

CONFTEST = """
from tests.support.scheduler import OneForSites

def pytest_xdist_make_scheduler(config, log):
    return OneForSites(config, log)
"""
# Many files, of which the one with most tests is begun first.
KILLED = """
import os, signal, pytest

@pytest.mark.parametrize("number", range(4))
def test_this(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
"""
CALM = "def test_that(): pass"
HANGS = """
import threading

def test_this(): threading.Event().wait()
def test_that(): pass
"""


def run(folder, files, *words):
    """Run the tests in `files` as `make test` would, with few plugins; return the finished process."""
    for name, text in files.items():
        (folder / name).write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder, folder]
    command += ["-p", "xdist.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider", "-v", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_what_a_killed_process_had_left_is_run_by_the_others(tmp_path):
    files = {"conftest.py": CONFTEST, "test_killed.py": KILLED, **{f"test_calm{n}.py": CALM for n in range(3)}}
    ran = run(tmp_path, files, "-n", "2")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "crashed while running 'test_killed.py::test_this[2]'" in ran.stdout
    assert "1 failed, 6 passed" in ran.stdout


def test_the_last_test_of_a_run_may_kill_its_process(tmp_path):
    ran = run(tmp_path, {"conftest.py": CONFTEST, "test_killed.py": KILLED.replace("2", "3")}, "-n", "1")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 failed, 3 passed" in ran.stdout


def test_a_test_that_hangs_fails_and_the_next_is_run(tmp_path):
    ran = run(tmp_path, {"test_hangs.py": HANGS}, "-o", "timeout=0.5")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "Timeout" in ran.stdout
    assert "1 failed, 1 passed" in ran.stdout
    assert "slowest 10 durations" in ran.stdout


def test_every_test_has_a_bound(pytestconfig):
    assert 60 <= float(pytestconfig.getini("timeout")) < float(pytestconfig.getini("faulthandler_timeout"))
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
