"""After jobs of every kind each checkpoint gives the same image as at first (memory: `tests.support.mixed_jobs`)."""

import json
import subprocess
import sys

from tests.support import mixed_jobs
from tests.support.site import ROOT


def test_nothing_that_one_job_applies_is_left_for_the_next(tmp_path):
    command = [sys.executable, "-m", "tests.support.mixed_jobs", str(tmp_path), "45"]  # each kind once, and some again
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 0, said.stderr[-2000:]
    last = json.loads(said.stdout.splitlines()[-1])
    assert last == {"unchanged": list(mixed_jobs.FAMILIES), "changed": []}
