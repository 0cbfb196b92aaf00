"""Admin page of collections: search, view and delete them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from gallery.admin import effects
from gallery.admin.base import thumbnail_html
from gallery.models import Collection, Image
from gallery.models.collection import MOST_COUNTED
from sdsite.accounts.admin_base import BetweenFilter, ReadOnlyAdmin, can, change_url, filters_for

MOST_SHOWN = 24  # images on the page of one collection


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    """Collections of all users. Deleting one keeps its images."""

    effects_of_deleting = staticmethod(effects.of_deleting_collections)
    list_display = ("name", "owner", "images_count", "created_at", "updated_at")
    list_select_related = ("owner",)
    search_fields = ("name", "description", "owner__username", "^id")
    search_help_text = "Name, description, owner or collection id"
    readonly_fields = ("images_count", "newest")
    fieldsets = ((None, {"fields": ("name", "description", "owner", "created_at", "updated_at", "images_count")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Add the number of images to each row."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.counted(most=MOST_COUNTED)  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the newest images for administrators who may view images."""
        newest = [("Newest images", {"fields": ("newest",)})] if can(request, "gallery.view_image") else []
        return [*super().get_fieldsets(request, obj), *newest]

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by time, and by owner for administrators who may view users."""
        return filters_for(request, ("created_at", BetweenFilter), ("updated_at", BetweenFilter))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator has the permission."""
        return can(request, "gallery.delete_collection")

    @display(description="Images", ordering="images_count")
    def images_count(self, collection: Collection) -> str:
        """Number of images in the collection."""
        return f"{collection.images_count:,}{'' if collection.all_counted else '+'}"

    @display(description="Images")
    def newest(self, collection: Collection) -> SafeString:
        """The images added last, each linked to its page."""
        images = Image.objects.kept().filter(items__collection=collection).order_by("-items__added_at", "-items__id")
        shown = ((change_url(image), thumbnail_html(image, "sdsite-thumbnail")) for image in images[:MOST_SHOWN])
        return format_html_join(" ", '<a href="{}">{}</a>', shown)
