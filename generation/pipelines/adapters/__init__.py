"""Adapters: extra weights that are applied to a loaded checkpoint for one call and removed without a trace."""

from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.apply import apply_adapters
from generation.pipelines.adapters.refiner import get_base_pass_arguments, refine

__all__ = ["AppliedAdapters", "apply_adapters", "get_base_pass_arguments", "refine"]
