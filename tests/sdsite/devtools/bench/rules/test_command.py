"""The bench of rules prints a line for each prompt and number of rules, and fails where they are too slow."""

import re

import pytest

from sdsite.devtools.bench.rules import command
from sdsite.devtools.bench.site import BenchFailed

OPTIONS = {"repeats": 2, "seed": 19}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(command, "NUMBERS", (2, 8))
    monkeypatch.setattr(command, "LENGTHS", {"usual": 100})


def test_it_prints_medians_and_what_they_are_of_the_first(few, monkeypatch):
    monkeypatch.setattr(command, "MOST_MS", {"usual": 1e9})
    lines = []
    command.run(OPTIONS, lines.append)
    assert [line.split()[:2] for line in lines[1:]] == [["usual", "2"], ["usual", "8"]]
    assert all(re.search(r"[\d.]+ ms +[\d.]+ ms +[\d.]+x$", line) for line in lines[1:])


def test_what_takes_too_long_fails_it(few, monkeypatch):
    monkeypatch.setattr(command, "MOST_MS", {"usual": -1.0})
    with pytest.raises(BenchFailed, match=r"usual prompt: .* ms; limit"):
        command.run(OPTIONS, lambda line: None)
