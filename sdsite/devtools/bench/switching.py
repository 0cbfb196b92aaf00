"""A process that switches between checkpoints.

Run as `python -m sdsite.devtools.bench.switching FOLDER COPIES BUDGET_MB SWITCHES`.

Draws a small picture with each of COPIES copies of the checkpoint in FOLDER, in turn, and answers with one JSON line
for each tenth of the switches: {"switches", "resident_mb", "loads", "loaded", "switch_ms"}.
"""

import importlib
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters

STEPS = 1


def main() -> None:
    """Switch, and tell."""
    # By name: sdsite must not reach torch through its imports, and this is a process of its own.
    diffusion = importlib.import_module("generation.pipelines.generate")
    protocol = importlib.import_module("generation.pipelines.protocol")
    benching = importlib.import_module("generation.pipelines.benchmarks")
    folder, copies, budget_mb, switches = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    diffusion.prepare(device="cpu", memory_gb=budget_mb / 1024)
    cache = diffusion.default_cache()
    sources = [protocol.CheckpointSource(f"copy{number}", "folder", folder) for number in range(copies)]
    loads, took = 0, []
    for number in range(1, switches + 1):
        source = sources[number % copies]
        there = source.slug in diffusion.loaded_slugs()
        began = time.perf_counter()
        cache.get(source)
        took.append(1000 * (time.perf_counter() - began))
        loads += not there
        part = protocol.Part(_requested(source.slug), (0,), benching.SilentHooks())
        diffusion.generate(source, [part], timings=protocol.Timings())
        if number % max(1, switches // 10) == 0:
            _tell(number, loads, len(cache.loaded()), statistics.median(took))
            took = []


def _requested(slug: str) -> Any:
    defaults = CheckpointDefaults(slug, "sd", 128, 128, STEPS, 4.0, "ddim")
    return resolve(GenerationParameters(prompt="a red heart", seed=7), defaults)


def _tell(switches: int, loads: int, loaded: int, switch_ms: float) -> None:
    told = {
        "switches": switches,
        "resident_mb": round(resident_bytes() / 1e6, 1),
        "loads": loads,
        "loaded": loaded,
        "switch_ms": round(switch_ms, 3),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def resident_bytes() -> int:
    """Return the memory of this process that lies in RAM (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
