"""Who has had how much of the accelerators, and who gets more of them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from generation.models import Share
from sdsite.accounts.admin_base import AuditedAdmin


@admin.register(Share)
class ShareAdmin(AuditedAdmin):
    """Shares: the weight is an administrator's to set, the account is kept by the queue."""

    list_display = ("owner", "weight", "had")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    fields = ("owner", "weight", "had")
    readonly_fields = ("had",)
    autocomplete_fields = ("owner",)

    @display(description="Virtual seconds", ordering="virtual_seconds")
    def had(self, share: Share) -> str:
        """Seconds used, divided by the weight; who waits with the least is next."""
        return f"{share.virtual_seconds:.1f}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose it is never changes."""
        return (*self.readonly_fields, "owner") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A share goes with its owner: without one, somebody who waits would come last."""
        return False
