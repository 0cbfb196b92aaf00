"""Measurements of the accelerator itself, against expected figures: speed, memory, equality, adapters, faults."""

import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

Write = Callable[[str], object]
AS_EXPECTED, DIFFERS, FAILED, SKIPPED = "as expected", "differs", "failed", "skipped"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=480, help="No check starts that would end later than this.")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="Only these checks; an unknown name lists them all.")
    parser.add_argument(
        "--size",
        choices=("real", "tiny"),
        help="Checkpoints as large as published ones, or tiny; real on CUDA devices, else tiny.",
    )


def run(options: dict[str, Any], write: Write) -> None:
    """Run the checks, print one JSON line each, then a table, then the verdict.

    Raises:
        BenchFailed: an unknown name, a check that failed, or figures other than expected.
    """
    # Here, so that the command's help needs neither torch nor diffusers.
    from generation.pipelines.loading import devices
    from sdsite.devtools.bench.gpu.bench import GpuBench
    from sdsite.devtools.bench.gpu.checks import CHECKS
    from sdsite.devtools.bench.site import BenchFailed

    names = options["only"] or [check.name for check in CHECKS]
    if unknown := sorted(set(names) - {check.name for check in CHECKS}):
        raise BenchFailed(f"No check {', '.join(unknown)}; there are {', '.join(check.name for check in CHECKS)}.")
    devices.reserve_a_core()
    device = devices.choose_device(settings.ENV["SDSITE_DEVICE"])
    size = options["size"] or ("real" if device.kind == "cuda" else "tiny")
    write(f"{device.name}, checkpoints of {size} size with random weights\n")
    began, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        bench = GpuBench(device, size == "tiny", Path(folder))
        for check in CHECKS:
            if check.name in names:
                left = options["seconds"] - (time.monotonic() - began)
                rows.append(_run(check, bench, left))
                write(json.dumps(rows[-1]))
    _print_table(rows, {check.name: check.summary for check in CHECKS}, write)
    bad = [row["check"] for row in rows if row["verdict"] in (DIFFERS, FAILED)]
    good = sum(row["verdict"] == AS_EXPECTED for row in rows)
    verdict = f"{good} of {len(rows)} checks as expected in {time.monotonic() - began:.0f} s"
    if bad:
        raise BenchFailed(f"{verdict}; not so: {', '.join(bad)}.")
    write(f"\n{verdict}, {len(rows) - good} skipped.")


def _run(check: Any, bench: Any, seconds_left: float) -> dict[str, Any]:
    """Return what the check found, its verdict, and why."""
    row: dict[str, Any] = {"check": check.name, "verdict": SKIPPED, "seconds": 0.0, "why": [], "found": {}}
    if check.needs_cuda and not bench.is_cuda:
        return {**row, "why": ["needs an accelerator with memory of its own"]}
    if seconds_left < (check.seconds if not bench.tiny else 0):
        return {**row, "why": [f"takes {check.seconds:.0f} s, {max(0, seconds_left):.0f} s are left"]}
    began = time.monotonic()
    try:
        row["found"] = _rounded(check.measure(bench))
    except Exception as error:  # the others are worth running whatever befell this one
        row |= {"verdict": FAILED, "why": [f"{type(error).__name__}: {error}"[:500]]}
    else:
        row["why"] = check.differences(row["found"], tiny=bench.tiny)
        row["verdict"] = DIFFERS if row["why"] else AS_EXPECTED
    finally:
        bench.device.empty_cache()
    return {**row, "seconds": round(time.monotonic() - began, 1)}


def _rounded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures with four significant digits, as far as they are numbers."""
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in found.items()}


def _print_table(rows: list[dict[str, Any]], summaries: Mapping[str, str], write: Write) -> None:
    write(f"\n{'check':<18} {'verdict':<12} {'seconds':>7}  what")
    for row in rows:
        write(f"{row['check']:<18} {row['verdict']:<12} {row['seconds']:>7.1f}  {summaries[row['check']]}")
        for words in row["why"]:
            write(f"{'':<40}{words}")
