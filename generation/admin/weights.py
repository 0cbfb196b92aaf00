"""Admin pages that add weights: the scan of folders, the folders of other programs, and the upload of a file."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from unfold.decorators import action

from generation.checkpoints import model_folders, parts, scan, uploads
from generation.checkpoints.actions import LocationRefused
from generation.errors import GenerationError
from generation.models import Adapter, Checkpoint
from sdsite.accounts.admin_base import AuditedAdmin, change_url, get_actor

LIST = "admin:generation_checkpoint_changelist"
FOLDERS = "admin:generation_checkpoint_folders"
STATES = ("new", "offered", "refused")
MOST_LISTED = 1_000  # rows of the page; `manage.py scan_weights` lists all
SECONDS_OF_READING = 8.0  # of one view of the page; the next view goes on


class BringingIn(AuditedAdmin):
    """Pages that the checkpoints' admin has beside its own."""

    def get_urls(self) -> list[Any]:
        """Add the routes of the pages."""
        wrap = self.admin_site.admin_view
        return [
            path("scan/", wrap(self.scan_page), name="generation_checkpoint_scan"),
            path("folders/", wrap(self.folders_page), name="generation_checkpoint_folders"),
            path("upload/", wrap(self.upload_page), name="generation_checkpoint_upload"),
            *super().get_urls(),
        ]

    def scan_page(self, request: HttpRequest) -> HttpResponse:
        """List the checkpoints of a folder, with a box for each usable one; add the ticked ones."""
        self._only_who_may_add(request)
        if self._add_ticked(request, scan.add):
            return redirect(LIST)
        folder = request.GET.get("folder", "")
        try:
            found, refused_folder = scan.scan(folder), ""
        except LocationRefused as error:
            found, refused_folder = [], str(error)
        return self._page(
            request,
            "admin/scan_checkpoints.html",
            "Scan for models",
            folder=folder,
            roots=scan.roots(),
            refused_folder=refused_folder,
            usable=[one for one in found if one.inspection],
            refused=[one for one in found if not one.inspection],
        )

    def _add_ticked(self, request: HttpRequest, add: Callable[..., Checkpoint | Adapter]) -> bool:
        """Offer what is ticked by `add`, and say what came of each; return whether anything was ticked."""
        ticked = request.POST.getlist("ticked")
        for one in ticked:
            try:
                row = add(one, actor=get_actor(request))
                self.message_user(request, f"{row} is offered as {row.slug}.", messages.SUCCESS)
            except LocationRefused as refused:
                self.message_user(request, str(refused), messages.ERROR)
        return bool(ticked)

    def folders_page(self, request: HttpRequest) -> HttpResponse:
        """List everything in the folders of other programs, with a box for what is new; add the ticked ones."""
        self._only_who_may_add(request)
        if not request.user.has_perm("generation.add_adapter"):
            raise PermissionDenied
        if self._add_ticked(request, model_folders.add):
            return redirect(FOLDERS)
        findings = list(model_folders.report(seconds=SECONDS_OF_READING))
        counts = Counter(one.state for one in findings)
        state = request.GET.get("state", "")
        chosen = [one for one in findings if one.state == state or (state not in STATES and not one.unread)]
        return self._page(
            request,
            "admin/model_folders.html",
            "Folders of other programs",
            roots=model_folders.roots(),
            findings=[(one, change_url(one.row) if one.row else "") for one in chosen[:MOST_LISTED]],
            left_out=max(0, len(chosen) - MOST_LISTED),
            state=state if state in STATES else "",
            counts=counts,
            total=sum(not one.unread for one in findings),
            unread=sum(one.unread for one in findings),
        )

    @csrf_exempt  # only until the handler is in place: reading the form to look for the token would read the file too
    def upload_page(self, request: HttpRequest) -> HttpResponse:
        """Receive a file; CSRF is checked once its upload handler is in place."""
        self._only_who_may_add(request)
        handler = uploads.WeightsHandler(request)
        request.upload_handlers = [handler]
        return csrf_protect(lambda guarded: self._upload(guarded, handler))(request)

    def _upload(self, request: HttpRequest, handler: uploads.WeightsHandler) -> HttpResponse:
        why = ""
        if request.method == "POST":
            weights = request.FILES.get("file")
            if isinstance(weights, uploads.UploadedWeights) and not handler.refused:
                try:
                    row = uploads.add_uploaded(weights, title=request.POST.get("title", ""), actor=get_actor(request))
                except LocationRefused as refused:
                    why = str(refused)
                else:
                    self.message_user(request, f"{row} is offered as {row.slug}.", messages.SUCCESS)
                    return redirect("admin:generation_checkpoint_change", row.pk)
            why = why or handler.refused or "Choose a file."
        most = uploads.most_bytes() / 2**30
        return self._page(request, "admin/upload_checkpoint.html", "Upload a checkpoint", refused=why, most=most)

    def tell_lack(self, request: HttpRequest, checkpoint: Checkpoint, *, moved: bool) -> None:
        """Say what a denoiser that was just saved lacks, and disable it."""
        if moved and parts.disable_if_incomplete(checkpoint):
            self.message_user(request, checkpoint.last_error, messages.WARNING)

    @action(description="Choose parts", permissions=["change"], icon="extension")
    def choose_parts(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose the text encoders and the autoencoder that join a denoiser."""
        checkpoint = get_object_or_404(Checkpoint, pk=object_id)
        why = ""
        try:
            needs = [(need, parts.fitting(need, checkpoint.family)) for need in parts.needs_of(checkpoint)]
        except GenerationError as error:
            needs, why = [], error.message
        if request.method == "POST" and needs:
            chosen = {need.part: request.POST.get(need.part, "") for need, _ in needs}
            try:
                row = parts.choose(checkpoint=checkpoint, chosen=chosen, actor=get_actor(request))
            except LocationRefused as refused:
                why = str(refused)
            else:
                level = messages.SUCCESS if row.enabled else messages.WARNING
                self.message_user(request, row.last_error or f"{row} has all its parts.", level)
                return redirect(change_url(row))
        rows = [(need, fits, checkpoint.parts.get(need.part, "")) for need, fits in needs]
        title = f"Parts of {checkpoint}"
        return self._page(request, "admin/choose_parts.html", title, needs=rows, refused=why, checkpoint=checkpoint)

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "title": title, "opts": Checkpoint._meta}
        return TemplateResponse(request, template, {**shared, **context})

    def _only_who_may_add(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied
