"""Extra weights on a loaded checkpoint: put on for one call, and taken off without a trace."""

from generation.pipelines.adapters.applied import Fitted
from generation.pipelines.adapters.apply import applied
from generation.pipelines.adapters.refiner import refine, stopping

__all__ = ["Fitted", "applied", "refine", "stopping"]
