"""Views of ComfyUI's API, all of them about the caller's own graphs, files and weights."""

import os
import platform
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from redis import RedisError

from gallery.actions.uploads import UploadRefused, most_bytes, store_upload
from generation.jobs.cancel import cancel_job
from generation.models import Job, Workflow
from generation.queue.workers import live_workers
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import User
from sdsite.api.compat.comfyui import history, images
from sdsite.api.compat.comfyui.consumer import flags
from sdsite.api.compat.comfyui.errors import GraphRefused, render_graph
from sdsite.api.compat.comfyui.graphs.graph import Graph
from sdsite.api.compat.comfyui.graphs.node_table import NODES
from sdsite.api.compat.comfyui.graphs.nodes import describe
from sdsite.api.compat.comfyui.names import FOLDERS, Names
from sdsite.api.compat.comfyui.submit import submit
from sdsite.api.endpoint import json_body
from sdsite.api.errors import ApiError

VERSION = "0.3.60"  # the version of ComfyUI that this dialect follows
AROUND = 64 * 1024  # bytes that a form may have around its file
MOST_DELETED = 500
MOST_ROWS = 10**9  # databases do not take every offset
SORTS = {"created_at": "job__created_at", "execution_duration": "job__used_seconds"}


def _user(request: HttpRequest) -> User:
    user: Any = request.user
    found: User = user
    return found


def _json(data: Any) -> JsonResponse:
    return JsonResponse(data, safe=False, headers={"Cache-Control": "no-store"})


def _nothing() -> HttpResponse:
    return HttpResponse(headers={"Cache-Control": "no-store"})


def post_prompt(request: HttpRequest) -> HttpResponse:
    """Submit a graph."""
    body = json_body(request, of_any_depth=True)
    graph = None
    try:
        graph = Graph(body.get("prompt"))
        workflow = submit(credentials=get_credentials(request), graph=graph, body=body)
    except GraphRefused as error:
        return render_graph(error, _classes(body), graph.outputs if graph else ())
    return _json({"prompt_id": workflow.prompt_id, "number": workflow.number, "node_errors": {}})


def _classes(body: dict[str, Any]) -> dict[str, str]:
    nodes = body.get("prompt")
    listed = nodes.items() if isinstance(nodes, dict) else ()
    return {name: str(node.get("class_type", ""))[:80] for name, node in listed if isinstance(node, dict)}


def get_prompt(request: HttpRequest) -> HttpResponse:
    """Return the number of queued and running graphs."""
    return _json({"exec_info": {"queue_remaining": history.remaining(_user(request))}})


def get_queue(request: HttpRequest) -> HttpResponse:
    """Return the running and the queued graphs."""
    return _json(history.get_queue(_user(request)))


def post_queue(request: HttpRequest) -> HttpResponse:
    """Cancel queued graphs: `{"clear": true}` all of them, `{"delete": [ids]}` some."""
    user, body = _user(request), json_body(request)
    waiting = Workflow.objects.owned_by(user).filter(job__status=Job.Status.QUEUED)
    if body.get("clear") is not True:
        waiting = waiting.filter(pk__in=_ids(user, body))
    for workflow in waiting:
        cancel_job(job=workflow.job, actor=user)
    return _nothing()


def _ids(user: User, body: dict[str, Any]) -> list[Any]:
    listed = body.get("delete")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    found = (history.get_workflow(user, name) for name in names[:MOST_DELETED])
    return [workflow.pk for workflow in found if workflow is not None]


def get_history(request: HttpRequest) -> HttpResponse:
    """Return the finished graphs, the last ones or those of `max_items` and `offset`."""
    most = _integer(request, "max_items", history.SHOWN)
    most = history.SHOWN if most < 1 else min(most, history.MOST_SHOWN)
    return _json(history.get_history(_user(request), most=most, offset=_integer(request, "offset", -1)))


def _integer(request: HttpRequest, name: str, default: int) -> int:
    try:
        return max(-MOST_ROWS, min(int(request.GET.get(name, default)), MOST_ROWS))
    except ValueError as error:
        raise ApiError("bad_request", f"{name} must be a whole number.") from error


def get_history_of(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """Return one finished graph; `{}` while it is queued or running."""
    return _json(history.history_entry(_user(request), prompt_id))


def post_history(request: HttpRequest) -> HttpResponse:
    """Delete finished graphs from the history, `{"clear": true}` or `{"delete": [ids]}`; jobs and images stay."""
    user, body = _user(request), json_body(request)
    ended = Workflow.objects.filter(job__owner=user, job__finished_at__isnull=False)
    if body.get("clear") is not True:
        ended = ended.filter(pk__in=_ids(user, body))
    ended.delete()
    return _nothing()


def post_interrupt(request: HttpRequest) -> HttpResponse:
    """Cancel the running graphs, or the one of `prompt_id`; where none runs, the next one in the queue.

    On a server with one user the first in the queue is always running; here it may wait for other users' jobs.
    """
    user, body = _user(request), json_body(request)
    unfinished = list(Workflow.objects.owned_by(user).unfinished())
    if body.get("prompt_id"):
        chosen = [one for one in unfinished if one.prompt_id == str(body["prompt_id"])]
    else:
        chosen = [one for one in unfinished if one.job.status == Job.Status.RUNNING] or unfinished[:1]
    for workflow in chosen:
        cancel_job(job=workflow.job, actor=user)
    return _nothing()


def post_free(request: HttpRequest) -> HttpResponse:
    """Do nothing: loaded pipelines serve all users."""
    return _nothing()


def view(request: HttpRequest) -> HttpResponse:
    """Return an image's file."""
    return images.serve_file(request)


def upload_image(request: HttpRequest) -> HttpResponse:
    """Store an image and return the name by which graphs refer to it."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > most_bytes() + AROUND:
        raise UploadRefused("body_too_large", f"An image must be at most {most_bytes() / 1e6:.0f} MB.")
    sent = request.FILES.get("image")
    if not isinstance(sent, UploadedFile):
        raise ApiError("bad_request", "The form must hold the image in its field 'image'.")
    upload = store_upload(owner=_user(request), data=sent.read())
    return _json({"name": images.upload_name(upload), "subfolder": "", "type": "input"})


def object_info(request: HttpRequest) -> HttpResponse:
    """Describe every supported node."""
    lists = Names(get_credentials(request)).lists()
    return _json({name: describe(node, lists) for name, node in NODES.items()})


def object_info_of(request: HttpRequest, node: str) -> HttpResponse:
    """Describe one node; `{}` for an unsupported one."""
    found = NODES.get(node)
    return _json({node: describe(found, Names(get_credentials(request)).lists())} if found else {})


def models(request: HttpRequest) -> HttpResponse:
    """List the folders of weights."""
    return _json(list(FOLDERS))


def models_in(request: HttpRequest, folder: str) -> HttpResponse:
    """List the files of a folder of weights."""
    if folder not in FOLDERS:
        raise Http404
    return _json(Names(get_credentials(request)).files(folder))


def embeddings(request: HttpRequest) -> HttpResponse:
    """List the names that prompts may use after `embedding:`."""
    return _json(Names(get_credentials(request)).embeddings())


def features(request: HttpRequest) -> HttpResponse:
    """Return the server's feature flags."""
    return _json(flags())


def system_stats(request: HttpRequest) -> HttpResponse:
    """Return facts about the server; the memory of its workers is not shown to users."""
    system = {
        "os": os.name,
        "ram_total": 0,
        "ram_free": 0,
        "comfyui_version": VERSION,
        "required_frontend_version": "",
        "python_version": platform.python_version(),
        "pytorch_version": "",
        "embedded_python": False,
        "argv": [],
    }
    return _json({"system": system, "devices": _devices()})


def _devices() -> list[dict[str, Any]]:
    """Return the distinct devices of the live workers; a CPU where there are none, or Redis is away."""
    try:
        names = {worker.device for worker in live_workers()}
    except RedisError:
        names = set()
    memory = dict.fromkeys(("vram_total", "vram_free", "torch_vram_total", "torch_vram_free"), 0)
    parts = [(name, *name.split(":")[:2]) for name in sorted(names) or ["cpu"]]
    return [
        {"name": name, "type": kind, "index": int(number[0]) if number else None, **memory}
        for name, kind, *number in parts
    ]


def jobs(request: HttpRequest) -> HttpResponse:
    """List graphs, the newest first; `status`, `sort_by`, `sort_order`, `limit` and `offset` as ComfyUI has them."""
    query = request.GET
    asked = [name for name in query.get("status", "").split(",") if name]
    unknown = [name for name in asked if name not in history.STATUSES.values()]
    sort, order = query.get("sort_by", "created_at"), query.get("sort_order", "desc")
    if unknown or sort not in SORTS or order not in ("asc", "desc"):
        raise ApiError("bad_request", "status, sort_by or sort_order has a value that is not known.")
    rows = Workflow.objects.owned_by(_user(request))
    if asked:
        rows = rows.filter(job__status__in=[ours for ours, theirs in history.STATUSES.items() if theirs in asked])
    offset, limit = max(0, _integer(request, "offset", 0)), _integer(request, "limit", history.SHOWN)
    limit = max(1, min(limit, history.MOST_SHOWN))
    total = rows.count()
    listed = list(rows.order_by(f"{'-' if order == 'desc' else ''}{SORTS[sort]}")[offset : offset + limit])
    images_of = history.get_images(listed)
    paging = {"offset": offset, "limit": limit, "total": total, "has_more": offset + len(listed) < total}
    return _json({"jobs": [history.summary(one, images_of[one.pk]) for one in listed], "pagination": paging})


def job(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """Return one graph with its outputs."""
    workflow = history.get_workflow(_user(request), prompt_id)
    if workflow is None:
        raise Http404
    return _json(history.summary(workflow, history.get_images([workflow])[workflow.pk], whole=True))
