"""Administer pictures: look, find, take down."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from gallery.actions.delete_images import delete_images
from gallery.actions.moderation import quarantine, release
from gallery.admin.base import StoredFileAdmin
from gallery.models import Image
from sdsite.accounts.admin_base import BetweenFilter, can, filters_for, get_actor

FACTS = ("owner", "created_at", "prompt", "seed", "dimensions", "format", "megabytes", "safety", "quarantined_at")
PROVENANCE = ("job_id", "index", "sha256", "file", "thumbnail", "parameters", "receipt")


@admin.register(Image)
class ImageAdmin(StoredFileAdmin):
    """Pictures. Every way of deleting here goes through `delete_images`, so that no file stays behind."""

    file_route = "image_file"
    list_display = ("small", "prompt_start", "owner", "held", "seed", "dimensions", "format", "created_at")
    list_display_links = ("small", "prompt_start")
    list_select_related = ("owner",)
    search_fields = ("prompt", "owner__username", "=seed", "^id", "^job_id")
    search_help_text = "Prompt, owner, seed, image id or job id"
    readonly_fields = ("large", "dimensions", "megabytes")
    fieldsets = (
        (None, {"fields": ("large", *FACTS)}),
        ("Where it came from", {"fields": PROVENANCE, "classes": ("collapse",)}),
    )
    audited_elsewhere = ("deleted",)
    actions = ("release_selected", "quarantine_selected")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """By whether they are held back, format and time, and by owner for those who may see people."""
        held = ("quarantined_at", EmptyFieldListFilter)
        return filters_for(request, held, ("format", ChoicesDropdownFilter), ("created_at", BetweenFilter))

    def has_moderate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the person may hold pictures back and let them go: those who may take them down."""
        return can(request, "gallery.delete_image")

    @action(description="Release", permissions=["moderate"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Show the selected pictures to their owners."""
        rows = Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = release(images=rows, actor=get_actor(request))
        self.say(request, done, "released", left=rows.count() - done, why="not held back")

    @action(description="Hold back", permissions=["moderate"])
    def quarantine_selected(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Hide the selected pictures from their owners."""
        rows = Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = quarantine(images=rows, actor=get_actor(request))
        self.say(request, done, "held back", left=rows.count() - done, why="held back already")

    @display(description="Safety", label={"held back": "warning"})
    def held(self, image: Image) -> str:
        """Whether it is held back, else how sure the checker was."""
        score = image.safety.get("score")
        return "held back" if image.quarantined_at else f"{score:.2f}" if isinstance(score, float) else ""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Those who hold the permission take pictures down."""
        return can(request, "gallery.delete_image")

    @display(description="Prompt", ordering="prompt")
    def prompt_start(self, image: Image) -> str:
        """The beginning of the prompt."""
        return Truncator(image.prompt).chars(80)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one picture, file included."""
        delete_images(images=Image.objects.filter(pk=obj.pk), actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected pictures, files included."""
        delete_images(
            images=Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))), actor=get_actor(request)
        )
