"""Admin of what rules matched: a list to look through and close."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from gallery.models import RuleHit
from gallery.rules.hits import close_hits
from sdsite.accounts.admin_base import BetweenFilter, ReadOnlyAdmin, can, filters_for, get_actor

PERMISSION = "generation.manage_rules"


@admin.register(RuleHit)
class RuleHitAdmin(ReadOnlyAdmin):
    """Matches of rules, newest first; nobody edits them."""

    list_display = ("created_at", "rule_name", "user", "door", "decision", "outcome", "matched", "closed_at")
    list_select_related = ("version", "user")
    search_fields = ("user__username", "job_id")
    actions = ("close_selected",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by what is open, by decision and time, and by person for those who may view users."""
        closed = ("closed_at", EmptyFieldListFilter)
        return filters_for(request, closed, "outcome", ("created_at", BetweenFilter), owner="user")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    @display(description="Rule")
    def rule_name(self, hit: RuleHit) -> str:
        """Return what the rule was called then."""
        return str(hit.version.content["name"])

    @action(description="Close", permissions=["operate"])
    def close_selected(self, request: HttpRequest, queryset: QuerySet[RuleHit]) -> None:
        """Mark the selected matches as dealt with."""
        rows = RuleHit.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        number = rows.count()
        done = close_hits(hits=rows, actor=get_actor(request))
        self.say(request, done, "closed", left=number - done, why="closed already")
