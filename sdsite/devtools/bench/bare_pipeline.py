"""A process that generates by the bare pipeline call, one request a line.

Run as `python -m sdsite.devtools.bench.bare_pipeline DEVICE`.

Reads {"source": {slug, kind, location}, "parameters": {...}} from standard input and answers {"seconds": s}.
Checkpoint, precision, threads, scheduler and arguments are the worker's; previews, events and storing are missing.
"""

import importlib
import json
import sys

from generation.parameters.schema import ResolvedParameters


def main() -> None:
    """Answer until standard input ends."""
    # By name: sdsite must not reach torch through its imports, and this is a process of its own.
    diffusion = importlib.import_module("generation.pipelines.generate")
    benching = importlib.import_module("generation.pipelines.benchmarks")
    protocol = importlib.import_module("generation.pipelines.protocol")
    diffusion.prepare(device=sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        source = protocol.CheckpointSource(**asked["source"])
        seconds = benching.bare_seconds(source, ResolvedParameters.model_validate(asked["parameters"]))
        sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
