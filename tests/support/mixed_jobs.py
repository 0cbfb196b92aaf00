"""Many jobs of every kind in one process: `python -m tests.support.mixed_jobs FOLDER [JOBS [MEMORY]]`.

Does it grow or drift? Generates with tiny checkpoints of every family in turn, each time another task or with other
adapters, and prints one JSON line for each tenth of the jobs: {"jobs", "resident_mb", "changed"}, the last being the
families whose plain image is not bit for bit what it was at first. At the end {"unchanged": [...], "changed": [...]}.

On the CPU, or with a MEMORY mode ("resident", "offload", "quantized", "sequential") on the fake accelerator.
"""

import hashlib
import itertools
import json
import sys
from contextlib import nullcontext
from pathlib import Path

import torch

from generation.pipelines import generate
from generation.pipelines.benchmarks import SilentHooks
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from sdsite.devtools.bench.switching import resident_bytes
from tests.support.fake_accelerator import fake_accelerator
from tests.support.kinds_of_jobs import (
    ADAPTERS,
    ADAPTERS_OF,
    FAMILIES,
    MEMORY,
    PLAIN,
    TASKS,
    assets_of,
    run,
    source_of,
)

ANY = [
    PLAIN,
    {"prompt": "a (red:1.4) heart", "negative_prompt": "blue"},
    *(TASKS[task] for task in ("image", "inpaint")),
    {"hires": {"scale": 1.5, "upscaler": "lanczos"}},
    {"count": 2, "variation_strength": 0.2, "variation_seed": 5},
]
WITH_UNET = [{"prompt": "a [red:blue:0.5] heart AND a fox", "clip_skip": 1}]


def kinds_of(family):
    """Return what is asked of a family, one after the other."""
    adapters = [ADAPTERS[kind] for kind in ADAPTERS_OF[family][1:]]
    return [*ANY, *(WITH_UNET if "embedding" in ADAPTERS_OF[family] else []), *adapters]


def main(folder: Path, jobs: int, memory: str = "") -> None:
    """Generate, and tell."""
    generate.prepare(device="cpu", memory_gb=2)
    with fake_accelerator() if memory else nullcontext():
        cache = PipelineCache(Device("cuda:0", torch.float32), 2**34) if memory else None
        sources = {family: source_of(family, folder, **MEMORY.get(memory, {})) for family in FAMILIES}
        assets = {family: assets_of(family, folder) for family in FAMILIES}

        def changed(first):
            return [family for family in FAMILIES if digest(sources[family], cache) != first[family]]

        first = {family: digest(sources[family], cache) for family in FAMILIES}
        kinds = [(family, requested) for family in FAMILIES for requested in kinds_of(family)]
        for number, (family, requested) in zip(range(1, jobs + 1), itertools.cycle(kinds), strict=False):
            run(sources[family], {"seed": number, **requested}, SilentHooks(), assets=assets[family], cache=cache)
            if number % max(6, jobs // 10) == 0:
                tell(jobs=number, resident_mb=round(resident_bytes() / 1e6, 1), changed=changed(first))
        last = changed(first)
    tell(unchanged=[family for family in FAMILIES if family not in last], changed=last)


def tell(**said):
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def digest(source, cache=None):
    """Return a hash of the plain image of a checkpoint."""
    [image] = run(source, PLAIN, SilentHooks(), cache=cache)
    return hashlib.sha256(image.tobytes()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300, *sys.argv[3:])
