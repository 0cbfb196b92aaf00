"""What people's programs have set through a dialect."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from generation.models import ClientOptions
from sdsite.accounts.admin_base import AuditedAdmin


@admin.register(ClientOptions)
class ClientOptionsAdmin(AuditedAdmin):
    """Options: the program's to set, an administrator's to take away, so that it starts afresh."""

    list_display = ("owner",)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    fields = ("owner", "options")
    readonly_fields = ("owner", "options")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is set for others."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is set for others."""
        return False
