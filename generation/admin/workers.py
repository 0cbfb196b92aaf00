"""Buttons of the dashboard's workers: drain one, let it claim again, unload a checkpoint."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from redis import RedisError

from generation.jobs import worker_control
from generation.queue.state import PERMISSION
from sdsite.accounts.admin_base import can, get_actor

LONGEST_NAME = 200


class OrderForm(forms.Form):
    """Form of a button: the order, the worker, and the checkpoint to unload."""

    order = forms.ChoiceField(choices=[(name, name) for name in ("drain", "resume", "unload")])
    worker = forms.CharField(max_length=LONGEST_NAME)
    checkpoint = forms.CharField(max_length=LONGEST_NAME, required=False)


def order_worker(request: HttpRequest) -> HttpResponse:
    """Give a worker the order of a button, say what will happen, and redirect to the dashboard."""
    if not can(request, PERMISSION):
        return HttpResponse("You may not change the queue.", status=403, content_type="text/plain")
    form = OrderForm(request.POST)
    if not form.is_valid():
        said = "; ".join(str(one) for words in form.errors.values() for one in words)
        messages.error(request, said)
        return redirect("admin:index")
    try:
        messages.success(request, _carry_out(request, **form.cleaned_data))
    except worker_control.WorkerUnknown as error:
        messages.error(request, str(error))
    except RedisError:
        messages.error(request, "Redis does not answer; the worker got no order.")
    return redirect("admin:index")


def _carry_out(request: HttpRequest, *, order: str, worker: str, checkpoint: str) -> str:
    actor = get_actor(request)
    if order == "unload":
        worker_control.unload_checkpoint(name=worker, slug=checkpoint, actor=actor)
        return f"{worker} unloads {checkpoint} as soon as no job of it uses it."
    found = worker_control.set_draining(name=worker, draining=order == "drain", actor=actor)
    if order == "resume":
        return f"{worker} claims jobs again."
    return f"{worker} claims no more jobs" + (" and finishes the one in hand." if found.current_job_id else ".")
