"""After jobs of every kind each checkpoint gives the same image as at first (memory: `tests.support.mixed_jobs`)."""

import json
import subprocess
import sys

import pytest
import torch

from generation.pipelines import generate
from tests.support import mixed_jobs
from tests.support.kinds_of_jobs import MEMORY
from tests.support.site import ROOT


def last_of(printed):
    """Return the last line that a run printed, after a look that no line before it told of a change."""
    *lines, last = map(json.loads, printed.splitlines())
    assert not [line for line in lines if line["changed"]]
    return last


def run(*arguments):
    """Return the last line of a run in a process of its own."""
    command = [sys.executable, "-m", "tests.support.mixed_jobs", *map(str, arguments)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)
    assert said.returncode == 0, said.stderr[-2000:]
    return last_of(said.stdout)


ALL_THE_SAME = {"unchanged": list(mixed_jobs.FAMILIES), "changed": []}


@pytest.fixture
def worker(monkeypatch):
    """This process, as a worker that has not chosen its device yet."""
    monkeypatch.setattr(generate, "_cache", None)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_nothing_that_one_job_applies_is_left_for_the_next(worker, tmp_path, capsys):
    mixed_jobs.main(tmp_path, 30)
    assert last_of(capsys.readouterr().out) == ALL_THE_SAME


@pytest.mark.nightly
def test_nor_on_an_accelerator_where_parts_come_and_go(tmp_path):
    assert run(tmp_path, 8, "offload") == ALL_THE_SAME


@pytest.mark.nightly
@pytest.mark.timeout(590)
@pytest.mark.parametrize("memory", MEMORY)
def test_nor_after_hundreds_of_jobs_in_each_memory_mode(tmp_path, memory):
    assert run(tmp_path, 300, memory) == ALL_THE_SAME
