"""What the client of one graph hears, in ComfyUI's order, whatever it is told of the job and however often.

execution_start, execution_cached, executing (what comes before the sampler), executing (the sampler),
progress and previews, executing (what comes after it), executed (what shows), execution_success, status,
executing {node: null}
"""

import json
import struct
from collections.abc import Sequence
from typing import Any

from gallery.models import Image
from generation.models import Job, Workflow
from sdsite.api.compat.comfyui.history import ending, milliseconds
from sdsite.api.compat.comfyui.images import build_outputs
from sdsite.api.compat.comfyui.nodes import BY_SOCKET

Frame = dict[str, Any] | bytes

PREVIEW = 1  # also of a finished picture, where a graph asks for those by websocket
PREVIEW_WITH_METADATA = 4
JPEG, PNG = 1, 2
_NUMBER = struct.Struct(">I")


def said(kind: str, **data: Any) -> dict[str, Any]:
    """Return a text message."""
    return {"type": kind, "data": data}


class GraphMessages:
    """One graph, told from wherever its client comes in; nothing is said twice."""

    def __init__(self, workflow: Workflow) -> None:
        """Prepare to tell of `workflow`; nothing was said yet."""
        self.workflow = workflow
        self.name = str(workflow.pk)
        self.has_begun = False
        self.has_ended = False
        self._step = 0
        self._previewed = 0

    def begin(self) -> list[Frame]:
        """Say that the graph is executed, up to the node that draws."""
        if self.has_begun:
            return []
        self.has_begun = True
        moment = milliseconds(self.workflow.job.started_at or self.workflow.job.created_at)
        order, worker = self.workflow.order, self.workflow.worker
        return [
            said("execution_start", prompt_id=self.name, timestamp=moment),
            said("execution_cached", nodes=[], prompt_id=self.name, timestamp=moment),
            *(self._executing(node) for node in order[: order.index(worker) + 1]),
        ]

    def rejoin(self) -> list[Frame]:
        """Say to somebody who comes back which node is executed at this moment."""
        self.has_begun = True
        return [self._executing(self.workflow.worker)]

    def progress(self, step: int, total: int) -> list[Frame]:
        """Say that `step` of `total` steps are done, if that is news."""
        if self.has_ended or step <= self._step:
            return []
        self._step = step
        node = self.workflow.worker
        state = {"value": step, "max": total, "state": "running", "prompt_id": self.name, **_whole_name(node)}
        return [
            *self.begin(),
            said("progress_state", prompt_id=self.name, nodes={node: state}),
            said("progress", value=step, max=total, prompt_id=self.name, node=node),
        ]

    def preview(self, jpeg: bytes, step: int, *, metadata: bool) -> list[Frame]:
        """Show a JPEG of `step`, of a batch its first image's; with `metadata` to clients that said they read it."""
        if self.has_ended or step == self._previewed or self.workflow.extra.get("preview_method") == "none":
            return []
        self._previewed = step
        if not metadata:
            return [*self.begin(), _picture(jpeg, JPEG)]
        facts = {"prompt_id": self.name, **_whole_name(self.workflow.worker), "image_type": "image/jpeg"}
        header = json.dumps(facts).encode()
        return [*self.begin(), _NUMBER.pack(PREVIEW_WITH_METADATA) + _NUMBER.pack(len(header)) + header + jpeg]

    def end(self, workflow: Workflow, images: list[Image], remaining: int, files: Sequence[bytes] = ()) -> list[Frame]:
        """Say how the graph ended.

        Args:
            workflow: as it is now, its job read again.
            images: what the job drew.
            remaining: how many of the owner's graphs still wait or run.
            files: the images' PNG files, where the graph `wants_files`.
        """
        if self.has_ended:
            return []
        begun = self.begin() if workflow.job.status != Job.Status.CANCELLED else []
        self.has_ended = True
        kind, data = ending(workflow)
        return [
            *begun,
            *(self._shown(workflow, images, files) if kind == "execution_success" else ()),
            said(kind, **data),
            status(remaining),
            said("executing", node=None, prompt_id=self.name),
        ]

    def _shown(self, workflow: Workflow, images: list[Image], files: Sequence[bytes]) -> list[Frame]:
        told: list[Frame] = []
        shown = build_outputs(workflow, images)
        for node in workflow.order[workflow.order.index(workflow.worker) + 1 :]:
            told.append(self._executing(node))
            if node in shown:
                told.append(said("executed", node=node, display_node=node, output=shown[node], prompt_id=self.name))
            elif node in workflow.outputs:
                told.extend(_picture(file, PNG) for file in files)
        return told

    def _executing(self, node: str) -> dict[str, Any]:
        return said("executing", node=node, display_node=node, prompt_id=self.name)


def wants_files(workflow: Workflow) -> bool:
    """Tell whether a graph asks for finished pictures by websocket."""
    return any(workflow.class_of(node) == BY_SOCKET for node in workflow.outputs)


def _picture(data: bytes, kind: int) -> bytes:
    return _NUMBER.pack(PREVIEW) + _NUMBER.pack(kind) + data


def status(remaining: int, sid: str | None = None) -> dict[str, Any]:
    """Return the message about the queue; the first of a connection carries its `sid`."""
    return said("status", status={"exec_info": {"queue_remaining": remaining}}, **({"sid": sid} if sid else {}))


def _whole_name(node: str) -> dict[str, Any]:
    return {"node_id": node, "display_node_id": node, "parent_node_id": None, "real_node_id": node}
