"""After jobs of every kind each checkpoint draws what it drew at first (`tests/mixed_jobs.py` tells the memory too)."""

import json
import subprocess
import sys

from tests import mixed_jobs
from tests.site import ROOT


def test_nothing_that_one_job_puts_on_is_left_for_the_next(tmp_path):
    command = [sys.executable, "-m", "tests.mixed_jobs", str(tmp_path), "45"]  # each kind once, and some again
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 0, said.stderr[-2000:]
    last = json.loads(said.stdout.splitlines()[-1])
    assert last == {"unchanged": list(mixed_jobs.FAMILIES), "changed": []}
