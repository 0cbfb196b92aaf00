"""What is left of somebody's day, for the studio."""

from typing import Any

from django import template

from generation.budget_report import represent_budget
from generation.limits import limits_of

register = template.Library()


@register.inclusion_tag("generation/_budget.html", takes_context=True)
def budget_line(context: template.Context) -> dict[str, Any]:
    """Show what is left of waiting jobs and accelerator seconds; nothing where neither is limited."""
    user_id = context["user"].pk
    limits = limits_of(user_id)
    if limits.most_queued is None and limits.most_seconds_a_day is None:
        return {"budget": None}
    return {"budget": represent_budget(user_id, limits).model_dump(mode="json")}
