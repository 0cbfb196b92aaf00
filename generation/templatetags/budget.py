"""What is left of somebody's day, for the studio."""

from typing import Any

from django import template

from generation.budgets import represent_budget

register = template.Library()


@register.inclusion_tag("generation/_budget.html", takes_context=True)
def budget_line(context: template.Context) -> dict[str, Any]:
    """Show what is left of waiting jobs and accelerator seconds; nothing where neither is limited."""
    budget = represent_budget(context["user"].pk)
    limited = (budget.limits.most_queued, budget.limits.most_seconds_a_day) != (None, None)
    return {"budget": budget.model_dump(mode="json") if limited else None}
