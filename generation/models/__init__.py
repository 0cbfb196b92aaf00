"""Models of generation: jobs, checkpoints, roles and what users keep."""

from generation.models.adapter import Adapter
from generation.models.checkpoint import Checkpoint
from generation.models.client_options import ClientOptions
from generation.models.download import CheckpointDownload
from generation.models.image_check import ImageCheck
from generation.models.job import Job
from generation.models.measured_speed import MeasuredSpeed
from generation.models.prompt_enhancer import PromptEnhancer
from generation.models.queue_state import QueueState
from generation.models.role import RoleLimits
from generation.models.saved import Preset, StudioState, Style
from generation.models.share import Share
from generation.models.webhook import Webhook, WebhookDelivery
from generation.models.wildcard import Wildcard
from generation.models.workflow import Workflow

__all__ = [
    "Adapter",
    "Checkpoint",
    "CheckpointDownload",
    "ClientOptions",
    "ImageCheck",
    "Job",
    "MeasuredSpeed",
    "Preset",
    "PromptEnhancer",
    "QueueState",
    "RoleLimits",
    "Share",
    "StudioState",
    "Style",
    "Webhook",
    "WebhookDelivery",
    "Wildcard",
    "Workflow",
]
