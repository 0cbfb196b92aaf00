"""Administer uploads: look, find, take away."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from gallery.actions.uploads import delete_uploads
from gallery.admin.base import StoredFileAdmin
from gallery.models import Upload
from sdsite.accounts.admin_base import BetweenFilter, can, filters_for, get_actor


@admin.register(Upload)
class UploadAdmin(StoredFileAdmin):
    """Pictures that people brought. Every way of deleting here goes through `delete_uploads`."""

    file_route = "api:get_upload_file"
    list_display = ("small", "owner", "dimensions", "format", "megabytes", "created_at", "last_used_at")
    list_display_links = ("small",)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "^id", "^sha256")
    search_help_text = "Owner, upload id or SHA-256"
    readonly_fields = ("large", "dimensions", "megabytes")
    fieldsets = (
        (None, {"fields": ("large", "owner", "dimensions", "format", "megabytes", "created_at", "last_used_at")}),
        ("Where it lies", {"fields": ("sha256", "file", "thumbnail"), "classes": ("collapse",)}),
    )
    audited_elsewhere = ("deleted",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """By time, and by owner for those who may see people."""
        return filters_for(request, ("created_at", BetweenFilter), ("last_used_at", BetweenFilter))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Those who hold the permission take uploads away."""
        return can(request, "gallery.delete_upload")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one upload, file included."""
        delete_uploads(uploads=Upload.objects.filter(pk=obj.pk), actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected uploads, files included."""
        chosen = list(queryset.values_list("pk", flat=True))
        delete_uploads(uploads=Upload.objects.filter(pk__in=chosen), actor=get_actor(request))
