"""Script that generates by the bare pipeline call, one request a line.

Run as `python -m sdsite.devtools.bench.bare_pipeline DEVICE`.

Reads {"source": {slug, kind, location}, "parameters": {...}} from standard input and answers {"seconds": s}.
Checkpoint, precision, threads, scheduler and arguments are the worker's; previews, events and storing are missing.
"""

import json
import sys

from generation.parameters.schema import ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.benchmarks import bare_seconds
from generation.pipelines.protocol import CheckpointSource


def main() -> None:
    """Answer until standard input ends."""
    generate.prepare(device=sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        source = CheckpointSource(**request["source"])
        seconds = bare_seconds(source, ResolvedParameters.model_validate(request["parameters"]))
        sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
