"""X/Y/Z plots: every combination of the values of up to three fields as the cells of one job.

Cells are numbered in reading order: the first axis (columns) changes fastest, then the second (rows), then the third
(sheets). All cells start from the same seed, unless an axis says otherwise.
"""

import math
from typing import Any

from pydantic import ValidationError

from generation.parameters.nested import REPLACE, Grid, Value
from generation.parameters.sampler_names import find_schedule, with_keys
from generation.parameters.validators import FieldRefused

PROMPTS = ("prompt", "negative_prompt")
_NAMES = ("sampler", "schedule", "timestep_spacing")  # names of the first two may carry another of them


def cell_count(grid: Grid | None) -> int:
    """Return the number of cells, 1 without a grid."""
    return math.prod(len(axis.values) for axis in grid.axes) if grid else 1


def coordinates(grid: Grid, number: int) -> list[Value]:
    """Return the value of each axis in cell `number` (0-based)."""
    found = []
    for axis in grid.axes:
        number, at = divmod(number, len(axis.values))
        found.append(axis.values[at])
    return found


def set_cell_prompts(raw: dict[str, Any], grid: Grid | None, number: int) -> None:
    """Set `prompt` and `negative_prompt` in dumped parameters to those of cell `number` (0-based)."""
    if grid is None:
        return
    for axis, value in zip(grid.axes, coordinates(grid, number), strict=True):
        if axis.field == REPLACE:
            for name in PROMPTS:
                raw[name] = str(raw[name]).replace(str(axis.values[0]), str(value))
        elif axis.field in PROMPTS:
            raw[axis.field] = value


def set_cell(raw: dict[str, Any], grid: Grid, number: int) -> None:
    """Set the values of cell `number` (0-based) in dumped parameters.

    Raises:
        FieldRefused: the parameters have no field of an axis's name.
    """
    raw["grid"] = None
    set_cell_prompts(raw, grid, number)
    values = {axis.field: value for axis, value in zip(grid.axes, coordinates(grid, number), strict=True)}
    for field, value in values.items():
        if field not in (REPLACE, *PROMPTS):
            _put(raw, field, value)
    if named := {name: values[name] for name in _NAMES if name in values}:
        raw.update(with_keys(named))
        found = find_schedule(raw["schedule"]) if isinstance(raw["schedule"], str) else None
        raw["schedule"] = found.schedule if found else raw["schedule"]


def refusal(grid: Grid, error: ValidationError) -> FieldRefused:
    """Return the refusal of a cell: the axis whose value its field does not take, and the schema's sentence."""
    problem = error.errors()[0]
    said = str(problem["msg"]).removeprefix("Value error, ")
    path = ".".join(str(part) for part in problem["loc"])
    fields = [axis.field for axis in grid.axes]
    guilty = next((at for at, field in enumerate(fields) if field.startswith(path) or path.startswith(field)), 0)
    return FieldRefused(f"grid.axes.{guilty}.values", f"grid.axes.{guilty}.values: {said}")


def _put(raw: Any, path: str, value: Value) -> None:
    """Set a dotted path in dumped parameters.

    Raises:
        FieldRefused: the parameters have no field of this path.
    """
    *way, last = path.split(".")
    place = raw
    try:
        for step in way:
            place = list(place) if isinstance(place, tuple) else place
            place = place[int(step)] if isinstance(place, list) else place[step]
        if not isinstance(place, dict) or (way and last not in place):
            raise KeyError(last)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise FieldRefused("grid.axes", f"grid.axes: the request has no {path} that could vary") from error
    place[last] = value
