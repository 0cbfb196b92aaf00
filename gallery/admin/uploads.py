"""Admin page of uploads: search, view and delete them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from gallery.actions.uploads import delete_uploads
from gallery.admin.base import StoredFileAdmin
from gallery.models import Upload
from sdsite.accounts.admin_base import BetweenFilter, can, filters_for, get_actor


@admin.register(Upload)
class UploadAdmin(StoredFileAdmin):
    """Uploads of all users. All deletions go through `delete_uploads`, so that no file is left."""

    file_route = "api:get_upload_file"
    list_display = ("small", "owner", "dimensions", "format", "megabytes", "created_at", "last_used_at")
    list_display_links = ("small",)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "^id", "^sha256")
    search_help_text = "Owner, upload id or SHA-256"
    readonly_fields = ("large", "dimensions", "megabytes")
    fieldsets = (
        (None, {"fields": ("large", "owner", "dimensions", "format", "megabytes", "created_at", "last_used_at")}),
        ("Storage", {"fields": ("sha256", "file", "thumbnail"), "classes": ("collapse",)}),
    )
    audited_elsewhere = ("deleted",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by time, and by owner for administrators who may view users."""
        return filters_for(request, ("created_at", BetweenFilter), ("last_used_at", BetweenFilter))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator has the permission."""
        return can(request, "gallery.delete_upload")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what a deletion takes in numbers."""
        uploads = Upload.objects.filter(pk__in=[upload.pk for upload in objs])
        said = f"{filesizeformat(uploads.bytes_stored())} of files, for good; images made from them stay"
        return [said], {"uploads": uploads.count()}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one upload and its file."""
        delete_uploads(uploads=Upload.objects.filter(pk=obj.pk), actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected uploads and their files."""
        chosen = list(queryset.values_list("pk", flat=True))
        delete_uploads(uploads=Upload.objects.filter(pk__in=chosen), actor=get_actor(request))
