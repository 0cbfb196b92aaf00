"""Admin of the queue: pause, close and open it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from generation.admin.workers import order_worker
from generation.jobs import queue_control
from generation.models import QueueState
from generation.queue.state import PERMISSION
from sdsite.accounts.admin_base import AuditedAdmin, can, get_actor


class SwitchForm(forms.Form):
    """Form of the dashboard's buttons: the change, and the message beside it."""

    CHANGES: dict[str, dict[str, bool]] = {
        "pause": {"paused": True},
        "resume": {"paused": False},
        "close": {"closed": True},
        "open": {"closed": False},
        "say": {},
    }

    switch = forms.ChoiceField(choices=[(name, name) for name in CHANGES])
    message = forms.CharField(required=False, max_length=queue_control.MESSAGE_CHARACTERS)


@admin.register(QueueState)
class QueueStateAdmin(AuditedAdmin):
    """The one row of the queue's state; `generation.jobs.queue_control` changes it and writes the audit log."""

    fields = ("paused", "closed", "maintenance", "until", "message", "changed_at")
    readonly_fields = ("changed_at",)
    audited_elsewhere = ("changed",)

    def get_urls(self) -> list[Any]:
        """Add the addresses of the dashboard's buttons."""
        switch = self.admin_site.admin_view(require_POST(self.switch))
        order = self.admin_site.admin_view(require_POST(order_worker))
        return [
            path("switch/", switch, name="generation_queuestate_switch"),
            path("worker/", order, name="generation_queuestate_worker"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row; none can be added."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is one row; it cannot be deleted."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the one row, created on first use."""
        row, _ = QueueState.objects.get_or_create(pk=1)
        return redirect("admin:generation_queuestate_change", row.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Change the state through `queue_control`, which wakes workers and publishes events."""
        named = ("paused", "closed", "maintenance", "message", "until")
        queue_control.set_state(actor=get_actor(request), **{name: getattr(obj, name) for name in named})

    def switch(self, request: HttpRequest) -> HttpResponse:
        """Handle a button of the dashboard, and redirect to it."""
        if not can(request, PERMISSION):
            return HttpResponse("You may not change the queue.", status=403, content_type="text/plain")
        form = SwitchForm(request.POST)
        if form.is_valid():
            changes = SwitchForm.CHANGES[form.cleaned_data["switch"]]
            row = queue_control.set_state(
                actor=get_actor(request),
                message=form.cleaned_data["message"],
                paused=changes.get("paused"),
                closed=changes.get("closed"),
            )
            self.message_user(request, f"The queue is {in_words(row)}.", messages.SUCCESS)
        else:
            self.message_user(
                request, "; ".join(str(one) for words in form.errors.values() for one in words), messages.ERROR
            )
        return redirect("admin:index")


def in_words(row: QueueState) -> str:
    """Return the state in words: "open", "paused: nothing new starts", and so on."""
    words = []
    if row.paused:
        words.append("paused: nothing new starts")
    if row.maintenance:
        words.append("closed for maintenance: new jobs and files are refused")
    elif row.closed:
        words.append("closed: new jobs are refused")
    if row.closed and not row.paused:
        words[-1] += ", queued ones are generated"
    return "; ".join(words) or "open"
