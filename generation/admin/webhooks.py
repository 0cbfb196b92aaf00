"""Admin of webhooks and their deliveries, read-only, without paths and secrets."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from generation.models import Webhook, WebhookDelivery
from sdsite.accounts.admin_base import BetweenFilter, ReadOnlyAdmin, filters_for

STATE_COLOURS = {"waiting": "info", "sending": "warning", "delivered": "success", "failed": "danger"}


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Webhooks. Of an address only the host is shown: paths and queries are often secrets of their own."""

    list_display = ("__str__", "owner", "told_of", "enabled", "failures", "switched_off_at", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name",)
    fields = (
        "name",
        "host",
        "owner",
        "told_of",
        "events",
        "enabled",
        "failures",
        "failing_since",
        "switched_off_at",
        "created_at",
    )
    readonly_fields = fields

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters: enabled, and owner for those who may see users."""
        return filters_for(request, "enabled", ("created_at", BetweenFilter))

    @display(description="Jobs")
    def told_of(self, hook: Webhook) -> str:
        """Return the one job, or that it covers all of its owner's."""
        return f"job {str(hook.job_id)[:8]}" if hook.job_id else "all jobs"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Deliveries, without their bodies."""

    list_display = ("event", "status", "webhook", "owner", "attempts", "response_status", "error", "created_at")
    list_select_related = ("webhook__owner",)
    search_fields = ("^id",)
    search_help_text = "Beginning of a delivery's id"
    fields = (
        "id",
        "event",
        "webhook",
        "job",
        "index",
        "state",
        "attempts",
        "response_status",
        "error",
        "next_attempt_at",
        "last_attempt_at",
        "created_at",
        "finished_at",
    )
    readonly_fields = fields
    list_filter = (("state", ChoicesCheckboxFilter), ("created_at", BetweenFilter))

    @display(description="State", label=STATE_COLOURS, ordering="state")
    def status(self, delivery: WebhookDelivery) -> tuple[str, str]:
        """Return the state."""
        return str(delivery.state), delivery.get_state_display()

    @display(description="Owner")
    def owner(self, delivery: WebhookDelivery) -> str:
        """Return the owner."""
        return str(delivery.webhook.owner)
