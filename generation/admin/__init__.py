"""Admin of generation: checkpoints, adapters, jobs, queue, roles, rules, webhooks."""

from generation.admin.adapters import AdapterAdmin
from generation.admin.checkpoints import CheckpointAdmin
from generation.admin.client_options import ClientOptionsAdmin
from generation.admin.downloads import CheckpointDownloadAdmin
from generation.admin.enhancers import PromptEnhancerAdmin
from generation.admin.jobs import JobAdmin
from generation.admin.prompts import PresetAdmin, StyleAdmin, WildcardAdmin
from generation.admin.queue import QueueStateAdmin
from generation.admin.roles import RoleLimitsAdmin
from generation.admin.rules import RuleAdmin, RuleHitAdmin
from generation.admin.shares import ShareAdmin
from generation.admin.speeds import MeasuredSpeedAdmin
from generation.admin.webhooks import WebhookAdmin, WebhookDeliveryAdmin

__all__ = [
    "AdapterAdmin",
    "CheckpointAdmin",
    "CheckpointDownloadAdmin",
    "ClientOptionsAdmin",
    "JobAdmin",
    "MeasuredSpeedAdmin",
    "PresetAdmin",
    "PromptEnhancerAdmin",
    "QueueStateAdmin",
    "RoleLimitsAdmin",
    "RuleAdmin",
    "RuleHitAdmin",
    "ShareAdmin",
    "StyleAdmin",
    "WebhookAdmin",
    "WebhookDeliveryAdmin",
    "WildcardAdmin",
]
