"""No process outlives a parent that is killed; test_site_shutdown.py kills the supervisor of a whole site."""

import subprocess
import sys

import psutil
import pytest

from sdsite.server.supervisor import DIE_WITH_PARENT
from tests.support.site import wait_for

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; print('runs', flush=True); time.sleep(300)"]
PARENT = f"""
import os, subprocess, time
prefix = [{sys.executable!r}, "-I", "-S", {str(DIE_WITH_PARENT)!r}, str(os.getpid())]
print(subprocess.Popen([*prefix, *{SLEEPER!r}]).pid, flush=True)
time.sleep(300)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_command_ends_with_the_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-I", "-S", "-c", PARENT], stdout=subprocess.PIPE, text=True)
    try:
        command = psutil.Process(int(parent.stdout.readline()))
        assert parent.stdout.readline() == "runs\n"
    finally:
        parent.kill()
        parent.communicate()
    wait_for(lambda: not command.is_running() or command.status() == psutil.STATUS_ZOMBIE, seconds=10, what="its end")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_nothing_is_started_for_a_parent_that_is_gone():
    words = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), "1", *SLEEPER]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", "the supervisor is gone\n")
