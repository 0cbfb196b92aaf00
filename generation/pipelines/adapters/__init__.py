"""Extra weights on a loaded checkpoint: put on for one call, and taken off without a trace."""

from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.apply import applied
from generation.pipelines.adapters.refiner import refine, stopping

__all__ = ["AppliedAdapters", "applied", "refine", "stopping"]
