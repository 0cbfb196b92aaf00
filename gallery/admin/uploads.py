"""Administer uploads: look, find, take away."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from gallery.actions.uploads import delete_uploads
from gallery.models import Upload
from sdsite.accounts.admin_base import BetweenFilter, ReadOnlyAdmin, can, filters_for, get_actor


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Pictures that people brought. Every way of deleting here goes through `delete_uploads`."""

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

    @display(description="Picture")
    def small(self, upload: Upload) -> SafeString:
        """The thumbnail, for the list."""
        return _upload_picture(upload, "sdsite-thumbnail")

    @display(description="Picture")
    def large(self, upload: Upload) -> SafeString:
        """The thumbnail with the way to the whole file."""
        address = reverse("api:get_upload_file", args=[upload.pk])
        return format_html('<a href="{}">{}</a>', address, _upload_picture(upload, "sdsite-picture"))

    @display(description="Size", ordering="width")
    def dimensions(self, upload: Upload) -> str:
        """Width and height in pixels."""
        return f"{upload.width} × {upload.height}"

    @display(description="File size", ordering="size_bytes")
    def megabytes(self, upload: Upload) -> str:
        """Bytes of the stored file in kB."""
        return f"{upload.size_bytes / 1000:,.1f} kB"

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one upload, file included."""
        delete_uploads(uploads=Upload.objects.filter(pk=obj.pk), actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected uploads, files included."""
        chosen = list(queryset.values_list("pk", flat=True))
        delete_uploads(uploads=Upload.objects.filter(pk__in=chosen), actor=get_actor(request))


def _upload_picture(upload: Upload, style: str) -> SafeString:
    address = reverse("api:get_upload_thumbnail", args=[upload.pk])
    return format_html('<img class="{}" src="{}" alt="Upload" loading="lazy">', style, address)
