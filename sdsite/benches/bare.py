"""A process that draws by the bare pipeline call: `python -m sdsite.benches.bare DEVICE`, one wish a line.

Reads {"source": {slug, kind, location}, "parameters": {...}} from standard input and answers {"seconds": s}.
Checkpoint, precision, threads, scheduler and arguments are the worker's; previews, events and storing are missing.
"""

import importlib
import json
import sys
import time
from typing import Any

from generation.parameters.catalog import FAMILIES
from generation.parameters.schema import ResolvedParameters


def main() -> None:
    """Answer until standard input ends."""
    # By name: sdsite must not reach torch through its imports, and this is a process of its own.
    diffusion = importlib.import_module("generation.pipelines.diffusion")
    protocol = importlib.import_module("generation.pipelines.protocol")
    schedulers = importlib.import_module("generation.pipelines.schedulers")
    diffusion.prepare(device=sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        loaded = diffusion.default_cache().get(protocol.CheckpointSource(**asked["source"]))
        parameters = ResolvedParameters.model_validate(asked["parameters"])
        seconds = 0.0
        for indices in _batches(parameters, FAMILIES[loaded.family].batch_size):
            loaded.pipe.scheduler = schedulers.make_scheduler(
                loaded.pipe, parameters.sampler, parameters.schedule, steps=parameters.steps
            )
            seconds += _call(loaded.pipe, diffusion.call_arguments(loaded, parameters, indices))
        sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")
        sys.stdout.flush()


def _batches(parameters: ResolvedParameters, usual: int) -> list[list[int]]:
    size = parameters.batch_size or usual
    return [list(range(start, min(start + size, parameters.count))) for start in range(0, parameters.count, size)]


def _call(pipe: Any, arguments: dict[str, Any]) -> float:
    began = time.perf_counter()
    pipe(**arguments)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
