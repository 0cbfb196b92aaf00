"""Admin page of tags: search, view and delete them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from gallery.admin import effects
from gallery.models import ImageTag
from sdsite.accounts.admin_base import ReadOnlyAdmin, can, change_url, filters_for, link


@admin.register(ImageTag)
class TagAdmin(ReadOnlyAdmin):
    """Tags of all users; each row is one tag of one image."""

    effects_of_deleting = staticmethod(effects.of_deleting_tags)
    list_display = ("name", "owner", "on")
    list_select_related = False  # a join lets SQLite read the tags of each person and sort them
    search_fields = ("name", "owner__username", "^image__id")
    search_help_text = "Tag, owner or image id"
    readonly_fields = ("on",)
    fields = ("name", "owner", "on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImageTag]:
        """Return the tags, with owners and images read for a page at once."""
        return super().get_queryset(request).prefetch_related("owner", "image")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by owner, for administrators who may view users."""
        return filters_for(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator has the permission."""
        return can(request, "gallery.delete_imagetag")

    @display(description="Image")
    def on(self, tag: ImageTag) -> SafeString:
        """Link to the image, with the beginning of its prompt."""
        words = Truncator(tag.image.prompt).chars(60) or str(tag.image_id)[:8]
        return link(change_url(tag.image), words)
