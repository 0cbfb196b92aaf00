"""Interrupting the progress bar cancels the job."""

import signal
import subprocess
import sys

from tests.support.site import ROOT, wait_for
from tests.support.up_process import environment


def test_interrupting_it_cancels_the_job(up, tmp_path):
    wait_for(up.live_worker, seconds=90, what="a worker on the board")
    log = tmp_path / "log"
    words = ["picture", "a fox", "--steps", "150", "--count", "16", "--output", str(tmp_path)]
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environment(up.data), stdout=output, stderr=output
        )
    wait_for(lambda: "Generating" in log.read_text(), what="the first step")
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 130
    assert log.read_text().strip().endswith("CommandError: Cancelled.")
    assert list(tmp_path.glob("*.png")) == []
