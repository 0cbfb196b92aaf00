"""Settings pages of the user's webhooks, with the log of deliveries."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.errors import JobRefused
from generation.models import Webhook, WebhookDelivery
from generation.pages.webhook_forms import ChangeForm, WebhookForm
from generation.webhooks import actions
from sdsite.accounts.roles.backend import may
from sdsite.core import pagination
from sdsite.core.rate_limits import RateLimited

PAGE_SIZE = 20  # deliveries on a page of the log


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the user's webhooks and create new ones; the secret is only in the response to the POST."""
    form = WebhookForm(request.POST or None)
    made: Webhook | None = None
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = actions.create_webhook(owner=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            form = WebhookForm()
        except JobRefused as refused:
            _add_errors(form, refused)
    hooks = Webhook.objects.visible_to(request.user).of_account()  # type: ignore[arg-type]
    context = {"form": form, "hooks": hooks, "made": made, "secret": secret, "most": actions.MOST_WEBHOOKS}
    context["allowed"] = may(request.user, actions.USE)
    return render(request, "generation/webhooks/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show and change one of the user's webhooks, with its log; 404 for another user's."""
    hook = _own(request, pk)
    if request.method != "POST":
        return _page(request, hook)
    form = ChangeForm(request.POST)
    if form.is_valid():
        try:
            actions.change_webhook(hook=hook, actor=request.user, fields=form.cleaned_data)  # type: ignore[arg-type]
            messages.success(request, "Saved.")
            return redirect("webhook", pk=pk)
        except JobRefused as refused:
            _add_errors(form, refused)
    return _page(request, hook, form=form)


@never_cache
@require_POST
@login_required
def webhook_secret(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a webhook a new secret; it is only in this response."""
    hook = _own(request, pk)
    secret = actions.rotate_secret(hook=hook, actor=request.user)  # type: ignore[arg-type]
    return _page(request, hook, secret=secret)


@require_POST
@login_required
def webhook_test(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue a test event."""
    hook = _own(request, pk)
    try:
        actions.send_test(hook=hook)
        messages.success(request, "A test was queued; reload to see the result.")
    except (JobRefused, RateLimited) as refused:
        messages.error(request, str(refused))
    return redirect("webhook", pk=pk)


@require_POST
@login_required
def webhook_redeliver(request: HttpRequest, pk: uuid.UUID, delivery: uuid.UUID) -> HttpResponse:
    """Queue a delivery again."""
    rows = WebhookDelivery.objects.select_related("webhook").filter(webhook=_own(request, pk))
    try:
        actions.redeliver(delivery=get_object_or_404(rows, pk=delivery))
        messages.success(request, "The delivery was queued again; reload to see the result.")
    except (JobRefused, RateLimited) as refused:
        messages.error(request, str(refused))
    return redirect("webhook", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Confirm, then delete a webhook and its log."""
    hook = _own(request, pk)
    if request.method != "POST":
        return render(request, "generation/webhooks/confirm_delete.html", {"hook": hook})
    actions.delete_webhook(hook=hook, actor=request.user)  # type: ignore[arg-type]
    messages.success(request, f"“{hook.name}” was deleted.")
    return redirect("webhooks")


def _own(request: HttpRequest, pk: uuid.UUID) -> Webhook:
    visible = Webhook.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(visible.of_account(), pk=pk)


def _page(request: HttpRequest, hook: Webhook, *, form: forms.Form | None = None, secret: str = "") -> HttpResponse:
    values: dict[str, Any] = {name: getattr(hook, name) for name in ChangeForm.base_fields}
    rows = WebhookDelivery.objects.filter(webhook=hook)
    try:
        log = pagination.page(rows, limit=PAGE_SIZE, cursor=request.GET.get("cursor"))
    except pagination.InvalidCursor:
        log = pagination.page(rows, limit=PAGE_SIZE, cursor=None)
    context = {"hook": hook, "form": form or ChangeForm(initial=values), "secret": secret, "log": log}
    context["allowed"] = may(request.user, actions.USE)
    return render(request, "generation/webhooks/detail.html", context)


def _add_errors(form: forms.Form, refused: JobRefused) -> None:
    """Add the errors to the form's fields, with their labels in place of the names that the API has for them."""
    for name, message in refused.fields.items():
        form.add_error(name, f"{form[name].label}{message.removeprefix(name)}" if message.startswith(name) else message)
    if not refused.fields:
        form.add_error(None, refused.message)
