"""Admin page of images: search, view, review and delete them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from gallery.actions.moderation import delete_for_good, quarantine, release
from gallery.admin.base import StoredFileAdmin
from gallery.admin.image_search import search_images
from gallery.models import Image
from sdsite.accounts.admin_base import BetweenFilter, can, filters_for, get_actor

FACTS = ("owner", "created_at", "prompt", "seed", "dimensions", "format", "megabytes", "safety", "quarantined_at")
PROVENANCE = ("job_id", "index", "sha256", "file", "thumbnail", "parameters", "receipt")


@admin.register(Image)
class ImageAdmin(StoredFileAdmin):
    """Images of all users. All deletions go through `delete_for_good`, so that no file is left."""

    file_route = "image_file"
    list_display = ("small", "prompt_start", "owner", "review_state", "seed", "dimensions", "format", "created_at")
    list_display_links = ("small", "prompt_start")
    list_select_related = False  # a join lets SQLite read the images of each person and sort them
    search_fields = ("prompt",)  # shows the field; `get_search_results` searches
    search_help_text = "Words of the prompt, owner, seed, image id or job id"
    readonly_fields = ("large", "dimensions", "megabytes")
    fieldsets = (
        (None, {"fields": ("large", *FACTS)}),
        ("Provenance", {"fields": PROVENANCE, "classes": ("collapse",)}),
    )
    audited_elsewhere = ("deleted",)
    actions = ("release_selected", "quarantine_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        """Return the images, with owners read for a page at once."""
        return super().get_queryset(request).prefetch_related("owner")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Image], search_term: str
    ) -> tuple[QuerySet[Image], bool]:
        """Return what the text finds at a bounded cost, and say so if there may be more."""
        text = search_term.strip()
        if not text:
            return queryset, False
        found, has_more = search_images(queryset, text)  # type: ignore[arg-type]
        if has_more:
            self.message_user(
                request, "Only the newest are listed; filter by owner or time, or add a word.", messages.INFO
            )
        return found, False

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by review, format and time, and by owner for administrators who may view users."""
        review = ("quarantined_at", EmptyFieldListFilter)
        return filters_for(request, review, ("format", ChoicesDropdownFilter), ("created_at", BetweenFilter))

    def has_moderate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator may review images: those who may delete them."""
        return can(request, "gallery.delete_image")

    @action(description="Approve", permissions=["moderate"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Show the selected images to their owners."""
        rows = Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = release(images=rows, actor=get_actor(request))
        self.say(request, done, "approved", left=rows.count() - done, why="not under review")

    @action(description="Put under review", permissions=["moderate"])
    def quarantine_selected(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Hide the selected images from their owners until they are approved."""
        rows = Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = quarantine(images=rows, actor=get_actor(request))
        self.say(request, done, "put under review", left=rows.count() - done, why="under review already")

    @display(description="Safety", label={"under review": "warning"})
    def review_state(self, image: Image) -> str:
        """Whether the image is under review; otherwise the score of the safety checker."""
        score = image.safety.get("score")
        return "under review" if image.quarantined_at else f"{score:.2f}" if isinstance(score, float) else ""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator has the permission."""
        return can(request, "gallery.delete_image")

    @display(description="Prompt", ordering="prompt")
    def prompt_start(self, image: Image) -> str:
        """Beginning of the prompt."""
        return Truncator(image.prompt).chars(80)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one image and its file."""
        delete_for_good(images=Image.objects.filter(pk=obj.pk), actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected images and their files."""
        delete_for_good(
            images=Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))), actor=get_actor(request)
        )
