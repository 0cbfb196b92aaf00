"""Rows of the studio."""

from generation.models.checkpoint import Checkpoint
from generation.models.job import Job

__all__ = ["Checkpoint", "Job"]
