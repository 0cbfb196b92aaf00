"""ComfyUI graphs and their validation: {node id: {"class_type", "inputs"}}; an input is a value or a link [id, output].

A graph is checked against the table of nodes before it is parsed: every node is known, every link has the type that
the input takes, every value has the right type and is in range. Nodes that no output depends on are not checked
further.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sdsite.api.compat.comfyui.errors import UNKNOWN_NODE, GraphRefused, Problem, refused
from sdsite.api.compat.comfyui.graphs.node_table import NODES
from sdsite.api.compat.comfyui.graphs.nodes import COMBO, VALUES, Input
from sdsite.api.endpoint import MOST_DEPTH, is_deep

MOST_NODES = 200
MOST_CHARACTERS = 200_000  # of a stored graph as JSON
LONGEST_ID = 100

_READ: Mapping[str, Callable[[Any], Any]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": lambda given: "" if given is None else str(given),
    COMBO: str,
}


class Graph:
    """A graph whose nodes are valid one by one; `parser` decides whether they can be generated together."""

    def __init__(self, raw: Any) -> None:
        """Check `raw`, the `prompt` of a request.

        Raises:
            GraphRefused: it is no graph, too large, has no outputs, or nodes are unknown or wrongly linked.
        """
        self.nodes: Mapping[str, Any] = _shaped(raw)
        self.classes = {name: node["class_type"] for name, node in self.nodes.items()}
        unknown = [name for name, kind in self.classes.items() if kind not in NODES]
        if unknown:
            raise refused(*(Problem(name, UNKNOWN_NODE, self._unknown(name)) for name in unknown))
        self.outputs = [name for name, kind in self.classes.items() if NODES[kind].shows]
        if not self.outputs:
            raise GraphRefused("prompt_no_outputs", "Prompt has no outputs: SaveImage or PreviewImage is needed.")
        self.order: list[str] = []  # order of execution: the inputs of a node come before it
        problems: list[Problem] = []
        for name in self.outputs:
            self._visit(name, [], problems)
        if problems:
            raise refused(*problems)

    def _unknown(self, name: str) -> str:
        known = ", ".join(NODES)
        return f"Node {name} is of class {self.classes[name]:.80}, which is not understood; understood are {known}"

    def kind(self, name: str) -> str:
        """Return the class of a node."""
        return self.classes[name]

    def source(self, name: str, of: str) -> str:
        """Return the node that input `of` is linked to."""
        return self.link(name, of)[0]

    def link(self, name: str, of: str) -> tuple[str, int]:
        """Return the node and the number of its output that input `of` is linked to."""
        source, output = self.nodes[name]["inputs"][of]
        return str(source), output

    def value(self, name: str, of: str) -> Any:
        """Return the value of an input, converted to its type, or its default where it is left out."""
        one = NODES[self.classes[name]].inputs[of]
        given = self.nodes[name]["inputs"].get(of, one.options.get("default"))
        if isinstance(given, list):
            return self.value(str(given[0]), "value")
        return _READ[one.kind](given)

    def _visit(self, name: str, above: list[str], problems: list[Problem]) -> None:
        if name in above:
            details = f"Node {name} depends on itself, by way of {', '.join(above[above.index(name) :])}"
            problems.append(Problem(name, "bad_linked_input", details))
            return
        if name in self.order:
            return
        for of, one in NODES[self.classes[name]].inputs.items():
            problem = self._problem(name, of, one)
            if problem is not None:
                problems.append(problem)
            elif isinstance(self.nodes[name]["inputs"].get(of), list):
                self._visit(self.source(name, of), [*above, name], problems)
        self.order.append(name)

    def _problem(self, name: str, of: str, one: Input) -> Problem | None:
        inputs = self.nodes[name]["inputs"]
        if of not in inputs:
            return Problem(name, "required_input_missing", of, of) if one.required else None
        given = inputs[of]
        if isinstance(given, list):
            return self._link_problem(name, of, one, given)
        if one.kind not in VALUES:
            return Problem(name, "bad_linked_input", f"{of} must be linked to a {one.kind}", of, given)
        return _value_problem(name, of, one, given)

    def _link_problem(self, name: str, of: str, one: Input, given: list[Any]) -> Problem | None:
        if len(given) != 2 or str(given[0]) not in self.nodes or not isinstance(given[1], int):
            return Problem(name, "bad_linked_input", f"{of} is linked to a node that does not exist", of)
        outputs = NODES[self.classes[str(given[0])]].outputs
        kind = outputs[given[1]] if 0 <= given[1] < len(outputs) else "nothing"
        if kind != one.kind:
            return Problem(name, "return_type_mismatch", f"{of} takes {one.kind}, it is linked to {kind}", of)
        return None

    def stored(self, replaced: Mapping[tuple[str, str], str]) -> dict[str, Any]:
        """Return the graph as it is stored: `replaced` values by (node, input) stand for large ones that were sent.

        Raises:
            GraphRefused: it is longer than MOST_CHARACTERS.
        """
        kept = {name: dict(node) for name, node in self.nodes.items()}
        for (name, of), value in replaced.items():
            kept[name] = {**kept[name], "inputs": {**kept[name]["inputs"], of: value}}
        found: dict[str, Any] = storable(kept, MOST_CHARACTERS, "A graph")
        return found


def storable(value: Any, most: int, what: str) -> Any:
    """Return a JSON value that every database takes: NaN becomes null, unstorable characters are replaced.

    Raises:
        GraphRefused: `what` is longer than `most` characters as JSON, or nested too deep.
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
        if len(text) <= most:
            plain = text.encode(errors="replace").decode().replace("\\u0000", "\\ufffd")
            return json.loads(plain, parse_constant=lambda _: None)
    except RecursionError as error:
        raise GraphRefused("invalid_prompt", f"{what} is nested too deep.") from error
    raise GraphRefused("invalid_prompt", f"{what} must be at most {most} characters; got {len(text)}.")


def _shaped(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or not raw:
        raise GraphRefused("no_prompt", "No prompt provided: send the graph in API format as `prompt`.")
    if is_deep(raw):
        raise GraphRefused("invalid_prompt", f"A graph must not be nested deeper than {MOST_DEPTH} levels.")
    if len(raw) > MOST_NODES:
        raise GraphRefused("invalid_prompt", f"A graph must be at most {MOST_NODES} nodes; got {len(raw)}.")
    problems = list(_misshapen(raw))
    if problems:
        raise refused(*problems)
    return raw


def _misshapen(raw: Mapping[str, Any]) -> Iterator[Problem]:
    for name, node in raw.items():
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
            yield Problem(name[:LONGEST_ID], UNKNOWN_NODE, f"Node {name[:LONGEST_ID]} has no class_type")
        elif not isinstance(node.get("inputs"), dict):
            yield Problem(name[:LONGEST_ID], "required_input_missing", f"Node {name[:LONGEST_ID]} has no inputs")
        elif len(name) > LONGEST_ID or not name.isprintable():  # the stored graph must have the same ids
            details = f"A node's id must be at most {LONGEST_ID} printable characters"
            yield Problem(name[:LONGEST_ID], "required_input_missing", details)


def _value_problem(name: str, of: str, one: Input, given: Any) -> Problem | None:
    try:
        value = _READ[one.kind](given)
    except (ValueError, TypeError, OverflowError):
        return Problem(name, "invalid_input_type", f"{of} must be {one.kind}; got {given!r:.60}", of, repr(given)[:60])
    least, most = one.options.get("min"), one.options.get("max")
    if one.kind in ("INT", "FLOAT"):
        if least is not None and not value >= least:  # not `<`, so that NaN is refused too
            return Problem(name, "value_smaller_than_min", f"{of} must be {least:g} or more; got {given}", of, given)
        if most is not None and not value <= most:
            return Problem(name, "value_bigger_than_max", f"{of} must be {most:g} or less; got {given}", of, given)
    if one.kind == COMBO and isinstance(one.choices, tuple) and value not in one.choices:
        details = f"{of}: {value!r:.60} not in {list(one.choices)}"
        return Problem(name, "value_not_in_list", details, of, value)
    return None
