"""Admin page of images: search, view, review and delete them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from gallery.actions.bulk.for_owners import act_for_owners
from gallery.actions.moderation import decide, delete_for_good, quarantine, release
from gallery.admin import effects
from gallery.admin.base import StoredFileAdmin
from gallery.admin.image_search import search_images
from gallery.models import Image, ModerationAction
from sdsite.accounts.admin_base import (
    BetweenFilter,
    Neighbours,
    can,
    change_url,
    confirm_first,
    filters_for,
    get_actor,
    link,
    list_link,
)

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
    readonly_fields = ("large", "related", "dimensions", "megabytes")
    fieldsets = (
        (None, {"fields": ("large", "related", *FACTS)}),
        ("Provenance", {"fields": PROVENANCE, "classes": ("collapse",)}),
    )
    audited_elsewhere = ("deleted",)
    actions = ("release_selected", "quarantine_selected", "make_private", "publish", "restore_selected")

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
    @confirm_first("Put under review", effects.of_holding)
    def quarantine_selected(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Hide the selected images from their owners until they are approved."""
        rows = Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = quarantine(images=rows, actor=get_actor(request))
        self.say(request, done, "put under review", left=rows.count() - done, why="under review already")

    @action(description="Make private", permissions=["moderate"])
    @confirm_first("Make private", effects.of_making_private)
    def make_private(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Take the selected images back from all who see them, by a decision that their owners are told of."""
        rows = Image.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = len(decide(deed=ModerationAction.Deed.PRIVATE, images=rows, actor=get_actor(request)).made)
        self.say(request, done, "made private", left=rows.count() - done, why="private already")

    @action(description="Publish", permissions=["moderate"])
    @confirm_first("Publish", effects.of_publishing)
    def publish(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Show the selected images to everybody, as far as the site shares images and their owners may publish."""
        self._for_owners(request, queryset, "visibility", "published", value=Image.Visibility.PUBLIC.value)

    @action(description="Restore from the trash", permissions=["moderate"])
    @confirm_first("Restore from the trash", effects.of_restoring)
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Give the selected images in the trash back to their owners; those under review stay there."""
        self._for_owners(request, queryset, "restore", "restored")

    def _for_owners(self, request: HttpRequest, queryset: QuerySet[Any], verb: str, said: str, **value: Any) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        outcome = act_for_owners(action=verb, ids=ids, actor=get_actor(request), **value)
        why = outcome.why or "not in the trash, under review, or as they should be already"
        self.say(request, outcome.images, said, left=len(ids) - outcome.images, why=why)

    def neighbours(self, row: Image) -> Neighbours:
        """Yield links to its job, owner, reports, decisions and share links."""
        yield "generation.view_job", list_link("generation_job", "Job", id__exact=row.job_id)
        yield "accounts.view_user", link(change_url(row.owner), f"Owner {row.owner}")
        yield "gallery.view_image", list_link("gallery_image", "Images of the job", job_id__exact=row.job_id)
        yield "gallery.view_image", list_link("gallery_image", "Images of the owner", owner__id__exact=row.owner_id)
        yield "gallery.view_report", list_link("gallery_report", "Reports", image__id__exact=row.pk)
        yield "gallery.view_sharelink", list_link("gallery_sharelink", "Share links", image__id__exact=row.pk)
        yield "accounts.view_auditevent", list_link("accounts_auditevent", "Audit log", target__exact=row.pk)

    @display(description="Safety", label={"under review": "warning"})
    def review_state(self, image: Image) -> str:
        """Whether the image is under review; otherwise the score of the safety checker."""
        score = image.safety.get("score")
        return "under review" if image.quarantined_at else f"{score:.2f}" if isinstance(score, float) else ""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator has the permission."""
        return can(request, "gallery.delete_image")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what a deletion takes in numbers; the theme would read every word and tag of each image."""
        said, numbers = effects.of_deleting(Image.objects.filter(pk__in=[image.pk for image in objs]))
        return [*said], numbers, set(), []

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
