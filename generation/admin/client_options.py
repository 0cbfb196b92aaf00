"""Admin of the options that programs have set through the AUTOMATIC1111 API."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from generation.models import ClientOptions
from sdsite.accounts.admin_base import AuditedAdmin


@admin.register(ClientOptions)
class ClientOptionsAdmin(AuditedAdmin):
    """Options of programs. Administrators can only delete them, so that a program starts afresh."""

    list_display = ("owner",)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    fields = ("owner", "options")
    readonly_fields = ("owner", "options")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Options cannot be added or changed here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Options cannot be added or changed here."""
        return False
