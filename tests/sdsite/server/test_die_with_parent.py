"""No process outlives a supervisor that is killed."""

import signal

import psutil

from tests.support.site import wait_for
from tests.support.up_process import Up


def gone(processes):
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path):
    site = Up(tmp_path / "data")
    try:
        site.wait_until_ready()
        children = site.children()
    finally:
        site.stop(signal.SIGKILL)
    wait_for(lambda: gone(children), seconds=10, what="the parts to die with their supervisor")
