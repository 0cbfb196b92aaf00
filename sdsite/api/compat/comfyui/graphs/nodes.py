"""Supported nodes: their inputs and outputs as `/object_info` shows them, and what builds the table of them.

Ranges are the site's own, so that clients do not offer values that the site would refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generation.parameters.ranges import RANGES

COMBO = "COMBO"  # one of a list; kinds that are not in VALUES are links
VALUES = ("INT", "FLOAT", "STRING", COMBO)
BY_SOCKET = "SaveImageWebsocket"  # its images go to the websocket as binary messages, and have no names


@dataclass(frozen=True)
class Input:
    """One input of a node.

    `kind` is INT, FLOAT, STRING, COMBO, or the type of a link (MODEL, CLIP, ...). `choices` of a combo are its values,
    or the name of a list that is read from the database (`Names.lists`).
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: str | tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Node:
    """One class of nodes; `shows` marks output nodes, whose images a client gets."""

    name: str
    title: str
    category: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    shows: bool = False


def link(kind: str, *, required: bool = True) -> Input:
    """Return an input that is linked to an output of type `kind`."""
    return Input(kind, required=required)


def ranged(kind: str, name: str, default: float, **options: Any) -> Input:
    """Return a number with the range of the site's field `name`."""
    allowed = RANGES[name]
    step = allowed.multiple_of or (1 if kind == "INT" else 0.01)
    number = int if kind == "INT" else float
    bounds = {"min": number(allowed.least), "max": number(allowed.most), "step": step}
    return Input(kind, {"default": default, **bounds, **options})


def combo(choices: str | tuple[str, ...], **options: Any) -> Input:
    """Return a choice from a list; a text names a list from the database."""
    return Input(COMBO, options, choices)


METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
PIXELS = Input("INT", {"default": 512, "min": 0, "max": int(RANGES["width"].most), "step": 1})


def describe(node: Node, lists: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a node's entry of `/object_info`; `lists` are the choices from the database by name."""
    groups: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
    for name, one in node.inputs.items():
        groups["required" if one.required else "optional"][name] = _described(one, lists)
    shown = {group: inputs for group, inputs in groups.items() if inputs}
    return {
        "input": {"required": {}, **shown},
        "input_order": {group: list(inputs) for group, inputs in shown.items()},
        "output": list(node.outputs),
        "output_is_list": [False] * len(node.outputs),
        "output_name": list(node.outputs),
        "name": node.name,
        "display_name": node.title,
        "description": "",
        "python_module": "nodes",
        "category": node.category,
        "output_node": node.shows,
    }


def _described(one: Input, lists: Mapping[str, list[str]]) -> list[Any]:
    if one.kind != COMBO:
        return [one.kind, dict(one.options)]
    choices = lists.get(one.choices, []) if isinstance(one.choices, str) else list(one.choices)
    return [choices, dict(one.options)]
