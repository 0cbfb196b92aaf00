"""Queue, history and list of jobs in ComfyUI's shapes."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gallery.models import Image
from generation.models import Job, Workflow
from sdsite.accounts.models import User
from sdsite.api.compat.comfyui.images import build_outputs

SHOWN = 32  # default length of the history: some clients ask for all of it ten times a second
MOST_SHOWN = 200

# Status of a job -> ComfyUI's, in its newer list of jobs.
STATUSES: Mapping[str, str] = {
    Job.Status.QUEUED: "pending",
    Job.Status.RUNNING: "in_progress",
    Job.Status.SUCCEEDED: "completed",
    Job.Status.FAILED: "failed",
    Job.Status.CANCELLED: "failed",
}


def queue_item(workflow: Workflow) -> list[Any]:
    """Return a graph as queue and history list it: number, id, graph, extra data, output nodes."""
    return [workflow.number, workflow.prompt_id, workflow.graph, workflow.extra, workflow.outputs]


def get_queue(user: User) -> dict[str, list[Any]]:
    """Return the running and the queued graphs of a user."""
    waiting = list(Workflow.objects.owned_by(user).unfinished())
    return {
        "queue_running": [queue_item(one) for one in waiting if one.job.status == Job.Status.RUNNING],
        "queue_pending": [queue_item(one) for one in waiting if one.job.status == Job.Status.QUEUED],
    }


def remaining(user: User) -> int:
    """Return the number of a user's queued and running graphs."""
    return Workflow.objects.owned_by(user).unfinished().count()


def get_history(user: User, *, most: int = SHOWN, offset: int = -1) -> dict[str, Any]:
    """Return a user's finished graphs: the last `most`, or those from `offset` on counted from the oldest.

    The oldest comes first, as in ComfyUI.
    """
    ended = Workflow.objects.owned_by(user).finished()
    rows = list(ended.reverse()[offset : offset + most]) if offset >= 0 else list(ended[:most])[::-1]
    images = get_images(rows)
    return {one.prompt_id: entry(one, images[one.pk]) for one in rows}


def history_entry(user: User, prompt_id: str) -> dict[str, Any]:
    """Return the history's entry with this id; empty while it is queued or running, or belongs to another user."""
    workflow = get_workflow(user, prompt_id)
    if workflow is None or not workflow.job.is_finished:
        return {}
    return {workflow.prompt_id: entry(workflow, get_images([workflow])[workflow.pk])}


def get_workflow(user: User, prompt_id: str) -> Workflow | None:
    """Return the user's graph with this id, or None."""
    return Workflow.objects.owned_by(user).named(prompt_id).first()


def get_images(workflows: Iterable[Workflow]) -> Mapping[uuid.UUID, list[Image]]:
    """Return the images of each graph's job in order, by one query for all."""
    images: dict[uuid.UUID, list[Image]] = defaultdict(list)
    for image in Image.objects.kept().filter(job_id__in=[one.pk for one in workflows]).order_by("index"):
        images[image.job_id].append(image)
    return images


def entry(workflow: Workflow, images: Sequence[Image]) -> dict[str, Any]:
    """Return the history's entry of a finished graph."""
    succeeded = workflow.job.status == Job.Status.SUCCEEDED
    return {
        "prompt": queue_item(workflow),
        "outputs": build_outputs(workflow, list(images)) if images else {},
        "status": {
            "status_str": "success" if succeeded else "error",
            "completed": succeeded,
            "messages": [list(message) for message in _messages(workflow)],
        },
        "meta": {
            node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node}
            for node in workflow.outputs
        },
    }


def _messages(workflow: Workflow) -> list[tuple[str, dict[str, Any]]]:
    name = workflow.prompt_id
    started = milliseconds(workflow.job.started_at or workflow.job.created_at)
    return [
        ("execution_start", {"prompt_id": name, "timestamp": started}),
        ("execution_cached", {"nodes": [], "prompt_id": name, "timestamp": started}),
        end_message(workflow),
    ]


def end_message(workflow: Workflow) -> tuple[str, dict[str, Any]]:
    """Return type and data of the last message about a finished graph."""
    job, node = workflow.job, workflow.worker
    moment = milliseconds(job.finished_at or job.created_at)
    end: dict[str, Any] = {"prompt_id": workflow.prompt_id, "timestamp": moment}
    if job.status == Job.Status.SUCCEEDED:
        return "execution_success", end
    before = workflow.order[: workflow.order.index(node)]
    end |= {"node_id": node, "node_type": workflow.class_of(node), "executed": before}
    if job.status == Job.Status.CANCELLED:
        return "execution_interrupted", end
    return "execution_error", {
        **end,
        "exception_message": job.error_message or "The job failed.",
        "exception_type": job.error_code or "internal_error",
        "traceback": [],
        "current_inputs": {},
        "current_outputs": [],
    }


def milliseconds(moment: datetime) -> int:
    """Return a time as ComfyUI writes it: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def summary(workflow: Workflow, images: Sequence[Image], *, whole: bool = False) -> dict[str, Any]:
    """Return a graph as the newer list of jobs shows it; `whole` adds its outputs and the graph itself."""
    job = workflow.job
    outputs = build_outputs(workflow, list(images)) if images and job.is_finished else {}
    files = [{**file, "nodeId": node, "mediaType": "images"} for node in outputs for file in outputs[node]["images"]]
    fields: dict[str, Any] = {
        "id": workflow.prompt_id,
        "status": STATUSES[job.status],
        "priority": workflow.number,
        "create_time": milliseconds(job.created_at),
        "execution_start_time": job.started_at and milliseconds(job.started_at),
        "execution_end_time": job.finished_at and milliseconds(job.finished_at),
        "execution_error": end_message(workflow)[1] if job.status == Job.Status.FAILED else None,
        "outputs_count": len(files),
        "preview_output": files[0] if files else None,
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    if whole:
        fields["workflow"] = {"prompt": workflow.graph, "extra_data": workflow.extra}
        if job.is_finished:
            fields |= {"outputs": outputs, "execution_status": entry(workflow, images)["status"]}
    return fields
