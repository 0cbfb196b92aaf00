"""Errors of the ComfyUI dialect: an `error`, and for a graph `node_errors` with the nodes at fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse

from generation.errors import JobRefused
from sdsite.accounts.authentication import CHALLENGE
from sdsite.api.errors import Answer, get_status

INVALID = "custom_validation_failed"
UNKNOWN_NODE = "missing_node_type"
FAILED = "prompt_outputs_failed_validation"
# ComfyUI's error type -> message, which clients show as a headline above the details.
HEADLINES = {
    INVALID: "This site does not generate that",
    UNKNOWN_NODE: "This site does not support the node",
    "required_input_missing": "Required input is missing",
    "bad_linked_input": "Bad linked input, must be a length-2 list of [node_id, slot_index]",
    "return_type_mismatch": "Return type mismatch between linked nodes",
    "invalid_input_type": "Failed to convert an input value",
    "value_smaller_than_min": "Value smaller than min of the input",
    "value_bigger_than_max": "Value bigger than max of the input",
    "value_not_in_list": "Value not in list",
}


@dataclass(frozen=True)
class Problem:
    """An error of one node, or of one of its inputs; `kind` is one of HEADLINES."""

    node: str
    kind: str
    details: str
    input: str = ""
    received: Any = None


class GraphRefused(Exception):
    """A graph that cannot be generated: `kind` and `message` of the whole graph, `problems` by node."""

    def __init__(self, kind: str, message: str, problems: Sequence[Problem] = (), *, status: int = 400) -> None:
        """Store the fields of the response."""
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.problems = list(problems)
        self.status = status


def refused(*problems: Problem) -> GraphRefused:
    """Return the refusal of a graph for `problems`, at least one."""
    kind = next((one.kind for one in problems if one.kind == UNKNOWN_NODE), FAILED)
    message = "Prompt outputs failed validation" if kind == FAILED else HEADLINES[kind]
    return GraphRefused(kind, message, problems)


def refused_by_site(error: JobRefused, places: Mapping[str, tuple[str, str]], worker: str) -> GraphRefused | None:
    """Return the site's refusal as errors of the nodes that its fields came from; None where it names no field.

    Args:
        error: the site's refusal, in its own field names.
        places: (node id, input) by the site's field.
        worker: id of the node that generates, for fields that came from no node.
    """
    problems = [Problem(*_at(_place(name, places) or (worker, ""), said)) for name, said in error.fields.items()]
    if not problems:
        return None
    status = 400 if error.status == 422 else error.status
    return GraphRefused(FAILED, error.message, problems, status=status)


def _place(name: str, places: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Return the place of a field, or of the nearest part that it belongs to: of `controls` for `controls.0.start`."""
    while name and name not in places:
        name = name.rpartition(".")[0]
    return places.get(name)


def _at(place: tuple[str, str], sentence: str) -> tuple[str, str, str, str]:
    node, name = place
    return node, INVALID, sentence, name


def render_graph(error: GraphRefused, classes: Mapping[str, str], outputs: Sequence[str] = ()) -> HttpResponse:
    """Return the response for a refused graph; `classes` are its nodes' by id, `outputs` its output nodes."""
    nodes: dict[str, Any] = {}
    for one in error.problems:
        entry = nodes.setdefault(
            one.node,
            {"errors": [], "dependent_outputs": list(outputs), "class_type": classes.get(one.node, "")},
        )
        extra = {"input_name": one.input, "received_value": _short(one.received)} if one.input else {}
        entry["errors"].append(
            {"type": one.kind, "message": HEADLINES[one.kind], "details": one.details, "extra_info": extra}
        )
    details = "\n".join(one.details for one in error.problems)
    return JsonResponse(
        {
            "error": {"type": error.kind, "message": error.message, "details": details, "extra_info": {}},
            "node_errors": nodes,
        },
        status=error.status,
        headers={"Cache-Control": "no-store"},
    )


def _short(value: Any) -> Any:
    """Return a received value for the response: floats as text, because JSON has no NaN, and text shortened."""
    return value[:200] if isinstance(value, str) else repr(value)[:200] if isinstance(value, float) else value


def render(answer: Answer) -> HttpResponse:
    """Return the response for an error outside a graph."""
    status = get_status(answer)
    headers = {"Cache-Control": "no-store", **answer.headers}
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    error = {
        "type": answer.code,
        "message": answer.message,
        "details": "; ".join(answer.fields.values()),
        "extra_info": {},
    }
    return JsonResponse({"error": error, "node_errors": {}}, status=status, headers=headers)
