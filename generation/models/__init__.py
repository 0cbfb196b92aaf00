"""Rows of the studio."""

from generation.models.checkpoint import Checkpoint
from generation.models.job import Job
from generation.models.share import Share

__all__ = ["Checkpoint", "Job", "Share"]
