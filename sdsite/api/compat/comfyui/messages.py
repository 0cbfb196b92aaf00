"""Websocket messages about one graph, in ComfyUI's order and each sent once, whatever events arrive.

execution_start, execution_cached, executing (what comes before the sampler), executing (the sampler),
progress and previews, executing (what comes after it), executed (output nodes), execution_success, status,
executing {node: null}
"""

import json
import struct
from collections.abc import Sequence
from typing import Any

from gallery.models import Image
from generation.models import Job, Workflow
from sdsite.api.compat.comfyui.graphs.nodes import BY_SOCKET
from sdsite.api.compat.comfyui.history import end_message, milliseconds
from sdsite.api.compat.comfyui.images import build_outputs

Frame = dict[str, Any] | bytes

PREVIEW = 1  # also of a finished image, where a graph asks for those by websocket
PREVIEW_WITH_METADATA = 4
JPEG, PNG = 1, 2
PREVIEW_METHODS = ("auto", "latent2rgb", "taesd")  # one kind of preview here, whichever is asked for
UNDECIDED = (None, "", "default")
_NUMBER = struct.Struct(">I")


def text_message(kind: str, **data: Any) -> dict[str, Any]:
    """Return a text message."""
    return {"type": kind, "data": data}


class GraphMessages:
    """Messages about one graph for one connection; none is returned twice."""

    def __init__(self, workflow: Workflow) -> None:
        """Begin with no message sent about `workflow`."""
        self.workflow = workflow
        self.name = workflow.prompt_id
        self.has_begun = False
        self.has_ended = False
        self._step = 0
        self._previewed = 0

    def begin(self) -> list[Frame]:
        """Return the messages that the graph is being executed, up to the node that generates."""
        if self.has_begun:
            return []
        self.has_begun = True
        moment = milliseconds(self.workflow.job.started_at or self.workflow.job.created_at)
        order, worker = self.workflow.order, self.workflow.worker
        return [
            text_message("execution_start", prompt_id=self.name, timestamp=moment),
            text_message("execution_cached", nodes=[], prompt_id=self.name, timestamp=moment),
            *(self._executing(node) for node in order[: order.index(worker) + 1]),
        ]

    def rejoin(self) -> list[Frame]:
        """Return the message for a client that reconnects, with the node that is executed now."""
        self.has_begun = True
        return [self._executing(self.workflow.worker)]

    def progress(self, step: int, total: int) -> list[Frame]:
        """Return the messages that `step` of `total` steps are done, unless sent before."""
        if self.has_ended or step <= self._step:
            return []
        self._step = step
        node = self.workflow.worker
        state = {"value": step, "max": total, "state": "running", "prompt_id": self.name, **_node_names(node)}
        return [
            *self.begin(),
            text_message("progress_state", prompt_id=self.name, nodes={node: state}),
            text_message("progress", value=step, max=total, prompt_id=self.name, node=node),
        ]

    def preview(self, jpeg: bytes, step: int, *, metadata: bool) -> list[Frame]:
        """Return a preview JPEG of `step` (in a batch, of its first image); `metadata` for clients that support it."""
        if self.has_ended or step == self._previewed:
            return []
        self._previewed = step
        if not metadata:
            return [*self.begin(), _binary_message(jpeg, JPEG)]
        facts = {"prompt_id": self.name, **_node_names(self.workflow.worker), "image_type": "image/jpeg"}
        header = json.dumps(facts).encode()
        return [*self.begin(), _NUMBER.pack(PREVIEW_WITH_METADATA) + _NUMBER.pack(len(header)) + header + jpeg]

    def end(self, workflow: Workflow, images: list[Image], remaining: int, files: Sequence[bytes] = ()) -> list[Frame]:
        """Return the messages about the end of the graph.

        Args:
            workflow: the row with its job read again.
            images: the images of the job.
            remaining: number of the owner's queued and running graphs.
            files: the images' PNG files, where the graph `wants_files`.
        """
        if self.has_ended:
            return []
        begun = self.begin() if workflow.job.status != Job.Status.CANCELLED else []
        self.has_ended = True
        kind, data = end_message(workflow)
        return [
            *begun,
            *(self._shown(workflow, images, files) if kind == "execution_success" else ()),
            text_message(kind, **data),
            status(remaining),
            text_message("executing", node=None, prompt_id=self.name),
        ]

    def _shown(self, workflow: Workflow, images: list[Image], files: Sequence[bytes]) -> list[Frame]:
        frames: list[Frame] = []
        shown = build_outputs(workflow, images)
        for node in workflow.order[workflow.order.index(workflow.worker) + 1 :]:
            frames.append(self._executing(node))
            if node in shown:
                frames.append(
                    text_message("executed", node=node, display_node=node, output=shown[node], prompt_id=self.name)
                )
            elif node in workflow.outputs:
                frames.extend(_binary_message(file, PNG) for file in files)
        return frames

    def _executing(self, node: str) -> dict[str, Any]:
        return text_message("executing", node=node, display_node=node, prompt_id=self.name)


def wants_previews(workflow: Workflow, *, has_flag: bool) -> bool:
    """Whether previews are sent; as ComfyUI, the site sends none unless asked.

    Clients that do not ask may take each binary message for a finished image. `preview_method` of the graph's extra
    data decides; where it says nothing, a client asks by the feature flag of previews (`has_flag`).
    """
    method = workflow.extra.get("preview_method")
    return has_flag if method in UNDECIDED else method in PREVIEW_METHODS


def wants_files(workflow: Workflow) -> bool:
    """Whether a graph asks for finished images by websocket."""
    return any(workflow.class_of(node) == BY_SOCKET for node in workflow.outputs)


def _binary_message(data: bytes, kind: int) -> bytes:
    return _NUMBER.pack(PREVIEW) + _NUMBER.pack(kind) + data


def status(remaining: int, sid: str | None = None) -> dict[str, Any]:
    """Return the message about the queue; the first of a connection carries its `sid`."""
    return text_message("status", status={"exec_info": {"queue_remaining": remaining}}, **({"sid": sid} if sid else {}))


def _node_names(node: str) -> dict[str, Any]:
    return {"node_id": node, "display_node_id": node, "parent_node_id": None, "real_node_id": node}
