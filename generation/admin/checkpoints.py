"""Admin of checkpoints: add weights, enable them, choose the default."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from generation.admin.forms import CheckpointForm
from generation.admin.weights import BringingIn
from generation.checkpoints import effects
from generation.checkpoints.actions import clear_default, make_default, set_enabled
from generation.models import Checkpoint
from generation.queue import speeds
from sdsite.accounts.admin_base import Neighbours, ask, change_url, chosen, confirm_first, get_actor, go_to, list_link

MEASURED = ("measured_speeds", "last_error", "created_at")
READ = ("found_prediction", "found_dtype", "weight", "sha256")


@admin.register(Checkpoint)
class CheckpointAdmin(BringingIn):
    """Checkpoints. A saved one can be used at once: the next job that names its slug loads it."""

    form = CheckpointForm
    list_display = ("title", "slug", "family", "kind", "native_size", "state", "speed", "last_error")
    list_filter = ("enabled", "family", "kind")
    search_fields = ("title", "slug", "location", "description")
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("related", *MEASURED, *READ)
    actions_list = ("scan", "folders", "upload", "download")
    actions = ("enable", "disable", "make_default")
    actions_detail = ("make_this_default", "choose_parts")
    effects_of_deleting = staticmethod(effects.of_deleting_checkpoints)
    fieldsets = (
        (None, {"fields": (("title", "slug"), "description", "licence", "picture", ("enabled", "is_default"))}),
        (
            "Weights",
            {
                "fields": ("kind", "location", "revision"),
                "description": "An absolute path, a path below the checkpoints folder of the site's data, or a Hub id. "
                "Headers are read when you save; nothing is loaded.",
            },
        ),
        (
            "Defaults and sizes",
            {
                "fields": (
                    "family",
                    ("width", "height"),
                    ("steps", "guidance_scale"),
                    ("sampler", "schedule"),
                    ("sizes", "size_policy"),
                    "negative_prompt",
                    ("upscaler", "studio_upscale_by"),
                    ("vae", "clip_skip"),
                    ("draft_lora", "draft_steps", "draft_sampler"),
                    "trigger_words",
                    "vocabulary",
                ),
                "description": "Forms start from these. Blank fields are read from the weights or their family; "
                "a Hub id needs its family chosen.",
            },
        ),
        (
            "In memory",
            {
                "fields": (("precision", "memory_mode"), ("tiled_vae", "prediction_type")),
                "description": "Left open, this follows from the size of the weights and what is free on the worker.",
            },
        ),
        ("Read from the weights", {"fields": READ}),
        ("Measured", {"fields": MEASURED}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Hide what is read, measured or linked while the checkpoint does not exist."""
        return [*self.fieldsets, ("See also", {"fields": ("related",)})] if obj else self.fieldsets[:-2]

    def neighbours(self, row: Checkpoint) -> Neighbours:
        """Yield links to its jobs, images, adapters of its family and measured speeds."""
        jobs = list_link("generation_job", "Jobs", checkpoint__id__exact=row.pk)
        yield "generation.view_job", jobs
        failed = list_link("generation_job", "Failed jobs", checkpoint__id__exact=row.pk, status__exact="failed")
        yield "generation.view_job", failed
        yield "gallery.view_image", list_link("gallery_image", "Images", checkpoint__exact=row.slug)
        adapters = list_link("generation_adapter", "Adapters of its family", family__exact=row.family)
        yield "generation.view_adapter", adapters
        speeds = list_link("generation_measuredspeed", "Measured speeds", checkpoint__id__exact=row.pk)
        yield "generation.view_measuredspeed", speeds

    @display(description="State", label={"default": "primary", "enabled": "success", "disabled": ""})
    def state(self, checkpoint: Checkpoint) -> str:
        """Return whether it is the default, enabled or disabled."""
        if not checkpoint.enabled:
            return "disabled"
        return "default" if checkpoint.is_default else "enabled"

    @display(description="Size")
    def native_size(self, checkpoint: Checkpoint) -> str:
        """Return the native size in pixels."""
        return f"{checkpoint.width} × {checkpoint.height}"

    @display(description="Size of the weights")
    def weight(self, checkpoint: Checkpoint) -> str:
        """Return the size on disk, where it was measured."""
        return filesizeformat(checkpoint.size_bytes) if checkpoint.size_bytes else "–"

    @display(description="Seconds a step")
    def speed(self, checkpoint: Checkpoint) -> str:
        """Return the seconds of a step of one image at the measured size that is nearest to its own."""
        native = checkpoint.width * checkpoint.height
        alone = [row for row in checkpoint.speeds.all() if row.images == 1]
        nearest = min(alone, key=lambda row: abs(row.width * row.height - native), default=None)
        return f"{nearest.step_seconds:.3g}" if nearest else "–"

    @display(description="Speeds")
    def measured_speeds(self, checkpoint: Checkpoint) -> SafeString:
        """Return a link to the list of its measured speeds."""
        page = f"{reverse('admin:generation_measuredspeed_changelist')}?checkpoint__id__exact={checkpoint.pk}"
        return format_html('<a href="{}">{} measured</a>', page, checkpoint.speeds.count())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checkpoint]:
        """Read the speeds of all rows with one query."""
        rows: QuerySet[Checkpoint] = super().get_queryset(request)
        return rows.prefetch_related("speeds")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; the default moves here where it is ticked, and measurements of other weights are reset."""
        with transaction.atomic():
            if obj.is_default:
                clear_default(besides=obj)
            if form.measured_anew:
                speeds.forget(obj)
            if form.moved:
                obj.last_error = obj.sha256 = ""
            super().save_model(request, obj, form, change)
            self.tell_lack(request, obj, moved=form.moved)
            if form.cover_before and form.cover_before != obj.picture.name:
                transaction.on_commit(lambda: obj.picture.storage.delete(form.cover_before))

    @action(description="Scan for models", permissions=["add"], icon="search")
    def scan(self, request: HttpRequest) -> HttpResponse:
        """Go to the page that scans folders."""
        return redirect("admin:generation_checkpoint_scan")

    @action(description="Folders of other programs", permissions=["add"], icon="hard_drive")
    def folders(self, request: HttpRequest) -> HttpResponse:
        """Go to the page that lists SDSITE_MODEL_FOLDERS."""
        return redirect("admin:generation_checkpoint_folders")

    @action(description="Upload", permissions=["add"], icon="upload")
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Go to the upload page."""
        return redirect("admin:generation_checkpoint_upload")

    @action(description="Download from the Hub", permissions=["add"], icon="cloud_download")
    def download(self, request: HttpRequest) -> HttpResponse:
        """Go to the form of a download."""
        return redirect("admin:generation_checkpointdownload_add")

    @action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        """Enable the selected checkpoints."""
        self._set_enabled(request, queryset, True)

    @action(description="Disable", permissions=["change"])
    @confirm_first("Disable", effects.of_disabling_checkpoints)
    def disable(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        """Disable the selected checkpoints."""
        self._set_enabled(request, queryset, False)

    def _set_enabled(self, request: HttpRequest, queryset: QuerySet[Checkpoint], enabled: bool) -> None:
        changed = [
            set_enabled(checkpoint=checkpoint, enabled=enabled, actor=get_actor(request))
            for checkpoint in chosen(queryset)
        ]
        word = "enabled" if enabled else "disabled"
        self.say(request, sum(changed), word, left=len(changed) - sum(changed), why=f"already {word}")

    @action(description="Make default", permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        """Make the one selected checkpoint the default."""
        rows = chosen(queryset)
        if len(rows) != 1:
            self.message_user(request, "Select one checkpoint: there is one default.", messages.ERROR)
            return
        make_default(checkpoint=rows[0], actor=get_actor(request))
        self.message_user(request, f"{rows[0]} is the default.", messages.SUCCESS)

    @action(
        description="Make default",
        permissions=["change"],
        icon="star",
        dialog=ask("Make this the default?", "It is used whenever a request names no checkpoint.", "Make default"),
    )
    def make_this_default(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Make this checkpoint the default."""
        checkpoint = get_object_or_404(Checkpoint, pk=object_id)
        make_default(checkpoint=checkpoint, actor=get_actor(request))
        self.message_user(request, f"{checkpoint} is the default.", messages.SUCCESS)
        return go_to(request, change_url(checkpoint))
