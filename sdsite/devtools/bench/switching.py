"""Script that switches between checkpoints.

Run as `python -m sdsite.devtools.bench.switching FOLDER COPIES BUDGET_MB SWITCHES`.

Generates a small image with each of COPIES copies of the checkpoint in FOLDER, in turn, and prints one JSON line for
each tenth of the switches: {"switches", "resident_mb", "loads", "loaded", "switch_ms"}.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.benchmarks import SilentHooks
from generation.pipelines.protocol import CheckpointSource, Part, Timings

STEPS = 1


def main() -> None:
    """Switch, and print the measurements."""
    folder, copies, budget_mb, switches = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    generate.prepare(device="cpu", memory_gb=budget_mb / 1024)
    cache = generate.default_cache()
    sources = [CheckpointSource(f"copy{number}", "folder", folder) for number in range(copies)]
    loads, took = 0, []
    for number in range(1, switches + 1):
        source = sources[number % copies]
        is_loaded = source.slug in generate.loaded_slugs()
        began = time.perf_counter()
        cache.get(source)
        took.append(1000 * (time.perf_counter() - began))
        loads += not is_loaded
        part = Part(_resolved(source.slug), (0,), SilentHooks())
        generate.generate(source, [part], timings=Timings())
        if number % max(1, switches // 10) == 0:
            _print_row(number, loads, len(cache.loaded()), statistics.median(took))
            took = []


def _resolved(slug: str) -> ResolvedParameters:
    defaults = CheckpointDefaults(slug, "sd", 128, 128, STEPS, 4.0, "ddim")
    return resolve(GenerationParameters(prompt="a red heart", seed=7), defaults)


def _print_row(switches: int, loads: int, loaded: int, switch_ms: float) -> None:
    row = {
        "switches": switches,
        "resident_mb": round(resident_bytes() / 1e6, 1),
        "loads": loads,
        "loaded": loaded,
        "switch_ms": round(switch_ms, 3),
    }
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def resident_bytes() -> int:
    """Return the resident memory of this process in bytes (Linux; else 0)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
