"""Which jobs may share one pipeline call."""

import hashlib
import json

from generation.parameters.schema import ResolvedParameters

# What may differ between the members of one call; everything else must be the same.
_OWN = {"prompt", "negative_prompt", "seed", "count", "batch_size", "preview", "output_format", "quality"}


def batch_key(parameters: ResolvedParameters) -> str:
    """Return a digest of all that jobs must have in common to share a pipeline call; "" where one must run alone."""
    if parameters.reproducible == "strict":
        return ""
    shared = parameters.model_dump(mode="json", exclude=_OWN)
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()
