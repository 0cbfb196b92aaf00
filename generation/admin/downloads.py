"""Admin of downloads from the Hub: request, watch, cancel and resume them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from generation.checkpoints import downloads
from generation.checkpoints.actions import LocationRefused, free_slug
from generation.models import CheckpointDownload
from sdsite.accounts.admin_base import AuditedAdmin, change_url, chosen, get_actor, link

ASKED = ("repository", "revision", "filename", "half", "title", "slug")
SEEN = ("progress", "state", "error", "commit", "attempt", "heartbeat_at", "requested_by", "made", "created_at")


class DownloadForm(forms.ModelForm):
    """Form of a download; title and slug may be blank."""

    class Meta:
        """The fields of the form."""

        model = CheckpointDownload
        fields = ASKED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let title and slug be blank: they come from the repository's name."""
        super().__init__(*args, **kwargs)
        for name in {"title", "slug"} & set(self.fields):
            self.fields[name].required = self.fields[name].widget.is_required = False

    def clean(self) -> dict[str, Any]:
        """Fill the blank fields, and refuse what cannot work."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        repository = (cleaned.get("repository") or "").strip()
        if not repository or self.instance.pk is not None:
            return cleaned
        cleaned["repository"] = repository
        cleaned["title"] = cleaned.get("title") or repository.rpartition("/")[2][:120]
        cleaned["slug"] = cleaned.get("slug") or free_slug(repository.rpartition("/")[2])
        try:
            downloads.check_request(CheckpointDownload(**{name: cleaned[name] for name in ASKED}))
        except LocationRefused as refused:
            self.add_error("slug" if cleaned["slug"] in str(refused) else "repository", str(refused))
        return cleaned


@admin.register(CheckpointDownload)
class CheckpointDownloadAdmin(AuditedAdmin):
    """Downloads. A process of the site fetches them one after the other; this page requests and shows them."""

    form = DownloadForm
    list_display = ("__str__", "slug", "progress", "status", "error", "created_at")
    list_filter = ("state",)
    search_fields = ("repository", "slug", "title")
    actions = ("cancel", "resume")
    audited_elsewhere = ("created",)

    class Media:
        """Script that refreshes the progress bars."""

        js = ("js/pages/admin_downloads.js",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the progress once there is a row."""
        return (*ASKED, *SEEN) if obj else ASKED

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A download cannot be changed."""
        return (*ASKED, *SEEN) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Request a new download."""
        if not change:
            downloads.request_download(actor=get_actor(request), download=obj)

    @display(description="Progress")
    def progress(self, download: CheckpointDownload) -> SafeString:
        """Return a progress bar and the bytes."""
        moving = SafeString("" if download.is_finished else " data-moving")
        total = filesizeformat(download.bytes_total) if download.bytes_total else "unknown"
        return format_html(
            '<progress class="sdsite-progress" max="1" value="{}"{}>{}%</progress> <span>{} of {}</span>',
            f"{download.fraction:.3f}",
            moving,
            round(100 * download.fraction),
            filesizeformat(download.bytes_done),
            total,
        )

    @display(
        description="State",
        label={"queued": "", "running": "primary", "done": "success", "failed": "danger", "cancelled": "warning"},
    )
    def status(self, download: CheckpointDownload) -> str:
        """Return the state."""
        return download.state

    @display(description="Checkpoint")
    def made(self, download: CheckpointDownload) -> object:
        """Return a link to the checkpoint that it became."""
        return link(change_url(download.checkpoint), download.checkpoint) if download.checkpoint else "–"

    @action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[CheckpointDownload]) -> None:
        """Cancel the selected downloads; finished parts are kept."""
        done = [downloads.cancel_download(download=row, actor=get_actor(request)) for row in chosen(queryset)]
        self.say(request, sum(done), "cancelled", left=len(done) - sum(done), why="they have ended")

    @action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[CheckpointDownload]) -> None:
        """Resume the selected downloads."""
        done = 0
        rows = chosen(queryset)
        for row in rows:
            try:
                done += downloads.resume_download(download=row, actor=get_actor(request))
            except LocationRefused as refused:
                self.message_user(request, str(refused), "ERROR")
        self.say(request, done, "resumed", left=len(rows) - done, why="only failed and cancelled ones can be resumed")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete the row, and the partial files of an unfinished download."""
        super().delete_model(request, obj)
        downloads.discard_files(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CheckpointDownload]) -> None:
        """Delete several, one after the other."""
        for row in chosen(queryset):
            self.delete_model(request, row)
