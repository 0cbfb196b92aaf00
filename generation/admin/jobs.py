"""Admin of jobs: list, inspect, cancel and retry them."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.contrib.filters.admin import (
    ChoicesCheckboxFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.cancel import cancel_job
from generation.jobs.submission.retry import RETRYABLE, retry_job
from generation.models import Job
from sdsite.accounts.admin_base import (
    BetweenFilter,
    Neighbours,
    ReadOnlyAdmin,
    ask,
    can,
    change_url,
    chosen,
    confirm_first,
    count,
    filters_for,
    get_actor,
    go_to,
    link,
    list_link,
)
from sdsite.accounts.credentials import get_credentials

STATUS_COLOURS = {"queued": "info", "running": "warning", "succeeded": "success", "failed": "danger", "cancelled": ""}

ASKED = ("owner", "source", "lane", "prompt", "checkpoint", "count", "parameters")
ROAD = (
    "related",
    "state",
    "progress",
    "attempts",
    "worker",
    "error",
    "created_at",
    "started_at",
    "finished_at",
    "seconds",
)
INNER = ("id", "sequence", "idempotency_key", "heartbeat_at", "cancel_requested_at", "predicted_seconds", "timings")


def effects_of_cancelling(jobs: QuerySet[Job]) -> Iterator[str]:
    """Yield what cancelling would do."""
    numbers = dict(jobs.values_list("status").annotate(Count("pk")))
    queued, running = numbers.get("queued", 0), numbers.get("running", 0)
    yield f"{count(queued, 'queued job')} will end at once, {running:,} running at the next step."
    yield f"Ended already: {sum(numbers.values()) - queued - running:,}; these stay. Finished images are kept."


def effects_of_retrying(jobs: QuerySet[Job]) -> Iterator[str]:
    """Yield what retrying would do."""
    again = jobs.filter(status__in=RETRYABLE)
    asked = again.aggregate(jobs=Count("pk"), images=Sum("count", default=0), people=Count("owner", distinct=True))
    new, images = count(asked["jobs"], "new job"), count(asked["images"], "image")
    yield f"{new} with {images} will be queued, for {count(asked['people'], 'owner')} as before, by their limits."
    yield f"Neither failed nor cancelled: {jobs.count() - asked['jobs']:,}; these stay as they are."


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs. Their rows change only through `generation.jobs`, so all fields are read-only."""

    list_display = (
        "prompt_start",
        "state",
        "owner",
        "checkpoint",
        "progress",
        "attempts",
        "worker",
        "seconds",
        "error_short",
        "asked",
    )
    list_display_links = ("prompt_start",)
    list_select_related = ("owner", "checkpoint")
    list_fullwidth = True
    search_fields = ("^id", "prompt")
    search_help_text = "Prompt, or the beginning of a job's id"
    readonly_fields = ("related", "state", "progress", "attempts", "seconds", "error", "images")
    actions = ("cancel_selected", "retry_selected")
    actions_detail = ("cancel_this", "retry_this")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters: status, source, checkpoint and time, and owner for those who may see users."""
        return filters_for(
            request,
            ("status", ChoicesCheckboxFilter),
            ("source", ChoicesDropdownFilter),
            ("checkpoint", RelatedDropdownFilter),
            ("created_at", BetweenFilter),
            ("finished_at", BetweenFilter),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the images to those who may see other users' images."""
        images = [("Images", {"fields": ("images",)})] if can(request, "gallery.view_image") else []
        return [
            (None, {"fields": ROAD}),
            *images,
            ("Request", {"fields": ASKED}),
            ("Internals", {"fields": INNER, "classes": ("collapse",)}),
        ]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer the action that fits the job's state."""
        offered = super().get_actions_detail(request, object_id)
        try:
            status = Job.objects.filter(pk=object_id).values_list("status", flat=True).first()
        except ValidationError:  # an address by hand; the page says that there is no such job
            status = None
        fitting = {"cancel_this": status in Job.UNFINISHED, "retry_this": status in RETRYABLE}
        return [found for found in offered if fitting.get(found.path, True)]

    def neighbours(self, row: Job) -> Neighbours:
        """Yield links to its images, owner, checkpoint, worker, key and webhook deliveries."""
        yield "gallery.view_image", list_link("gallery_image", "Images", job_id__exact=row.pk)
        yield "accounts.view_user", link(change_url(row.owner), f"Owner {row.owner}")
        yield "generation.view_job", list_link("generation_job", "Jobs of the owner", owner__id__exact=row.owner_id)
        if row.checkpoint:
            yield "generation.view_checkpoint", link(change_url(row.checkpoint), f"Checkpoint {row.checkpoint}")
        if row.worker:
            yield "generation.view_job", list_link("generation_job", "Jobs of the worker", worker__exact=row.worker)
        if row.api_key:
            yield "accounts.view_apikey", link(change_url(row.api_key), f"Key {row.api_key}")
        deliveries = list_link("generation_webhookdelivery", "Webhook deliveries", job__id__exact=row.pk)
        yield "generation.view_webhookdelivery", deliveries

    @display(description="State", ordering="status", label=STATUS_COLOURS)
    def state(self, job: Job) -> str:
        """Return the state."""
        return job.status

    @display(description="Created", ordering="created_at")
    def asked(self, job: Job) -> str:
        """Return the time of creation, short."""
        return date_format(timezone.localtime(job.created_at), "j M, H:i")

    @display(description="Prompt", ordering="prompt")
    def prompt_start(self, job: Job) -> str:
        """Return the beginning of the prompt."""
        return Truncator(job.prompt).chars(60)

    @display(description="Progress")
    def progress(self, job: Job) -> str | SafeString:
        """Return the step and the number of steps, and whether it is being cancelled."""
        asked_to_stop = " (stopping)" if job.cancel_requested_at and not job.is_finished else ""
        if not job.total:
            return f"–{asked_to_stop}"
        return format_html(
            '<progress class="sdsite-progress" value="{0}" max="{1}" aria-label="{0} of {1} steps"></progress> '
            '<span class="sdsite-number">{0}/{1}{2}</span>',
            job.step,
            job.total,
            asked_to_stop,
        )

    @display(description="Attempts", ordering="losses")
    def attempts(self, job: Job) -> str:
        """Return how often it was started, and how many of these attempts lost their worker (the order)."""
        return f"{job.attempt}, {job.losses} lost" if job.losses else str(job.attempt)

    @display(description="Seconds")
    def seconds(self, job: Job) -> str:
        """Return how long it ran, or has been running."""
        if job.started_at is None:
            return "–"
        return f"{((job.finished_at or timezone.now()) - job.started_at).total_seconds():.1f}"

    @display(description="Error")
    def error(self, job: Job) -> str | SafeString:
        """Return code and message of a failure."""
        return format_html("<code>{}</code> {}", job.error_code, job.error_message) if job.error_code else "–"

    @display(description="Error", ordering="error_code")
    def error_short(self, job: Job) -> str | SafeString:
        """Return the code of a failure, with the message as a tooltip."""
        return format_html('<code title="{1}">{0}</code>', job.error_code, job.error_message) if job.error_code else "–"

    @display(description="Images")
    def images(self, job: Job) -> str:
        """Return thumbnails of its images, each a link to its row."""
        return render_to_string("admin/images.html", {"images": Image.objects.kept().of_job(job.pk)})

    @action(description="Cancel", permissions=["operate"])
    @confirm_first("Cancel the jobs", effects_of_cancelling)
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Cancel the queued and running ones among the selected jobs."""
        rows = chosen(queryset)
        unfinished = [job for job in rows if not job.is_finished]
        for job in unfinished:
            cancel_job(job=job, actor=get_actor(request))
        left = len(rows) - len(unfinished)
        self.say(request, len(unfinished), "cancelled", left=left, why="already finished")

    @action(description="Retry", permissions=["operate"])
    @confirm_first("Retry the jobs", effects_of_retrying)
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Retry the failed and cancelled ones among the selected jobs."""
        done = 0
        refusals: list[str] = []
        for job in chosen(queryset.select_related("owner")):
            try:
                retry_job(job=job, credentials=get_credentials(request))
                done += 1
            except JobRefused as refused:
                refusals.append(refused.message)
        why = "; ".join(sorted(set(refusals)))
        self.say(request, done, "asked again", left=len(refusals), why=why.rstrip("."))

    @action(
        description="Cancel job",
        permissions=["operate"],
        icon="cancel",
        variant=ActionVariant.DANGER,
        dialog=ask("Cancel this job?", "A queued job ends at once, a running one at its next step.", "Cancel job"),
    )
    def cancel_this(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Cancel this job."""
        job = cancel_job(job=get_object_or_404(Job, pk=object_id), actor=get_actor(request))
        message = "The job is cancelled." if job.is_finished else "The job ends at its next step."
        self.message_user(request, message, messages.SUCCESS)
        return go_to(request, change_url(job))

    @action(
        description="Retry job",
        permissions=["operate"],
        icon="replay",
        dialog=ask("Ask again?", "A new job of the same owner with the same settings, seed included.", "Retry"),
    )
    def retry_this(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Retry this job, and go to the new one."""
        job = get_object_or_404(Job.objects.select_related("owner"), pk=object_id)
        try:
            fresh = retry_job(job=job, credentials=get_credentials(request))
        except JobRefused as refused:
            self.message_user(request, refused.message, messages.ERROR)
            return go_to(request, change_url(job))
        self.message_user(
            request,
            format_html("This is the new job; {} was the old one.", link(change_url(job), str(job.pk)[:8])),
            messages.SUCCESS,
        )
        return go_to(request, change_url(fresh))
