"""Template tag for what the limits leave to the user."""

from typing import Any

from django import template

from generation.budget_report import serialize_budget
from generation.limits import get_limits

register = template.Library()


@register.inclusion_tag("generation/_budget.html", takes_context=True)
def budget_line(context: template.Context) -> dict[str, Any]:
    """Show the queued jobs and the GPU time that are left; nothing where neither is limited."""
    user_id = context["user"].pk
    limits = get_limits(user_id)
    if limits.most_queued is None and limits.most_seconds_a_day is None:
        return {"budget": None}
    return {"budget": serialize_budget(user_id, limits).model_dump(mode="json")}
