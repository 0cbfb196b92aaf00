"""Extra weights on a loaded checkpoint: put on for one call, and taken off without a trace."""

from generation.pipelines.adapters.applying import applied
from generation.pipelines.adapters.fitted import Fitted
from generation.pipelines.adapters.refiners import refine, stopping

__all__ = ["Fitted", "applied", "refine", "stopping"]
