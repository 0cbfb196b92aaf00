"""Resident memory of a process while it switches between checkpoints, to find leaks."""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from generation.starter import STARTER_LOCATION
from sdsite.devtools.bench.site import BenchFailed

SWITCHING = "sdsite.devtools.bench.switching"
LARGE_MB, SMALL_MB = 4096.0, 1.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--switches", type=int, default=200, help="Switches of each kind.")
    parser.add_argument(
        "--checkpoints", type=int, default=3, help="Copies of the starter checkpoint to switch between."
    )


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Switch with memory for all checkpoints, then with memory for one, and print what the process used.

    Raises:
        BenchFailed: the process that switches died.
    """
    for title, budget in (("memory for all", LARGE_MB), ("memory for one", SMALL_MB)):
        write(f"{options['switches']} switches between {options['checkpoints']} checkpoints, {title}:")
        write(f"{'switches':>9} {'resident':>12} {'loads':>6} {'loaded':>7} {'a switch':>11}")
        rows = switch(options["checkpoints"], budget, options["switches"])
        for row in rows:
            write(
                f"{row['switches']:>9} {row['resident_mb']:>9.1f} MB {row['loads']:>6} {row['loaded']:>7} "
                f"{row['switch_ms']:>8.2f} ms"
            )
        grown = rows[-1]["resident_mb"] - rows[0]["resident_mb"]
        write(f"grown since the first row: {grown:+.1f} MB\n")


def switch(checkpoints: int, budget_mb: float, switches: int) -> list[dict[str, Any]]:
    """Return the rows that a process of its own prints while it switches.

    Raises:
        BenchFailed: it died.
    """
    words = [str(STARTER_LOCATION), str(checkpoints), str(budget_mb), str(switches)]
    done = subprocess.run([sys.executable, "-m", SWITCHING, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailed(f"The process that switches died: {done.stderr[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
