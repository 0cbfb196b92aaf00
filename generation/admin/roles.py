"""Admin of role limits."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from generation.admin.forms import RoleLimitsForm
from generation.models import RoleLimits
from sdsite.accounts.admin_base import AuditedAdmin

OF_ONE_JOB = ("most_images", "most_pixels", "most_steps")
KEPT = ("most_kept_steps", "most_kept_mb")
AT_ONCE = ("most_queued", "most_running", "most_seconds_a_day")
NAMED_CHECKPOINTS = 3


@admin.register(RoleLimits)
class RoleLimitsAdmin(AuditedAdmin):
    """Limits by role. They hold from the next request on; queued jobs are not touched."""

    list_display = ("whose", "weight", *AT_ONCE, *OF_ONE_JOB, "allowed")
    list_display_links = ("whose",)
    list_select_related = ("group",)
    list_fullwidth = True
    search_fields = ("group__name",)
    empty_value_display = "–"
    autocomplete_fields = ("checkpoints", "loras")
    form = RoleLimitsForm
    fieldsets = (
        (
            None,
            {
                "fields": (("group", "weight"),),
                "description": "A member of several roles has the most generous value of each limit.",
            },
        ),
        ("Simultaneous and daily", {"fields": AT_ONCE}),
        ("Per job", {"fields": (*OF_ONE_JOB, "checkpoints", "loras", "tasks", "speed_modes", "sources")}),
        ("Kept previews of steps", {"fields": KEPT}),
        (
            "Safety",
            {
                "fields": ("safety",),
                "description": "Of several roles the strictest holds. Without any: under review.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleLimits]:
        """Prefetch the checkpoints."""
        return super().get_queryset(request).prefetch_related("checkpoints")

    @display(description="Role", ordering="group__name")
    def whose(self, limits: RoleLimits) -> str:
        """Return the group, or that it holds for users without a role with limits."""
        return limits.group.name if limits.group else "everybody else"

    @display(description="Checkpoints")
    def allowed(self, limits: RoleLimits) -> str:
        """Return the first few checkpoints and how many more."""
        names = [checkpoint.title for checkpoint in limits.checkpoints.all()]
        more = len(names) - NAMED_CHECKPOINTS
        shown = ", ".join(names[:NAMED_CHECKPOINTS])
        return f"{shown} and {more} more" if more > 0 else shown or "every enabled one"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Label the empty choice of the group."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "group" and field is not None:
            field.empty_label = "Everybody else"
        return field
