"""Rows of the studio."""

from generation.models.adapter import Adapter
from generation.models.checkpoint import Checkpoint
from generation.models.download import CheckpointDownload
from generation.models.image_check import ImageCheck
from generation.models.job import Job
from generation.models.queue_state import QueueState
from generation.models.role import RoleLimits
from generation.models.share import Share

__all__ = ["Adapter", "Checkpoint", "CheckpointDownload", "ImageCheck", "Job", "QueueState", "RoleLimits", "Share"]
