"""How ComfyUI says no: an `error`, and for a graph `node_errors` with the nodes at fault."""

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
# Their type -> their sentence, which programs show as a headline above the details.
HEADLINES = {
    INVALID: "This site does not draw that",
    UNKNOWN_NODE: "This site does not understand the node",
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
    """What is wrong with one node, or with one of its inputs; `kind` is one of HEADLINES."""

    node: str
    kind: str
    details: str
    input: str = ""
    received: Any = None


class GraphRefused(Exception):
    """A graph that cannot be drawn: `kind` and `message` about all of it, `problems` by node."""

    def __init__(self, kind: str, message: str, problems: Sequence[Problem] = (), *, status: int = 400) -> None:
        """Keep what the answer will say."""
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.problems = list(problems)
        self.status = status


def refused(*problems: Problem) -> GraphRefused:
    """Return the refusal of a graph for `problems`, at least one."""
    kind = next((one.kind for one in problems if one.kind == UNKNOWN_NODE), FAILED)
    said = "Prompt outputs failed validation" if kind == FAILED else HEADLINES[kind]
    return GraphRefused(kind, said, problems)


def refused_by_site(error: JobRefused, places: Mapping[str, tuple[str, str]]) -> GraphRefused | None:
    """Return what the site refused, said at the nodes that its fields came from; None where no field has a node.

    Args:
        error: the site's refusal, in its own field names.
        places: (node id, input) by the site's field.
    """
    problems = [Problem(*_at(places[name], sentence)) for name, sentence in error.fields.items() if name in places]
    if not problems:
        return None
    status = 400 if error.status == 422 else error.status
    return GraphRefused(FAILED, error.message, problems, status=status)


def _at(place: tuple[str, str], sentence: str) -> tuple[str, str, str, str]:
    node, name = place
    return node, INVALID, sentence, name


def render_graph(error: GraphRefused, classes: Mapping[str, str], outputs: Sequence[str] = ()) -> HttpResponse:
    """Return the answer to a graph that cannot be drawn; `classes` are its nodes' by id, `outputs` those that show."""
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
    """Return what was received as JSON can say it: NaN cannot, and large things need not be sent back."""
    return value[:200] if isinstance(value, str) else repr(value)[:200] if isinstance(value, float) else value


def render(answer: Answer) -> HttpResponse:
    """Return the response for an error that is no graph's."""
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
