"""Admin of fair-share usage: GPU time used by each user, and their weights."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from generation.models import Share
from sdsite.accounts.admin_base import AuditedAdmin


@admin.register(Share)
class ShareAdmin(AuditedAdmin):
    """Fair-share usage: administrators set the weight, the queue keeps the account."""

    list_display = ("owner", "weight", "had")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    fields = ("owner", "weight", "had")
    readonly_fields = ("had",)
    autocomplete_fields = ("owner",)

    @display(description="Weighted GPU seconds", ordering="virtual_seconds")
    def had(self, share: Share) -> str:
        """Return the seconds used divided by the weight; the waiting user with the least is next."""
        return f"{share.virtual_seconds:.1f}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The owner never changes."""
        return (*self.readonly_fields, "owner") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A row is deleted with its owner only: a waiting user without one would come last."""
        return False
